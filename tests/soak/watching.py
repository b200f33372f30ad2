"""What is looked at all the while: the processes of the orchestrators, the ledgers of the workers."""

from __future__ import annotations

import json
import time
from collections import defaultdict

from sqlalchemy.exc import SQLAlchemyError

from tests.soak.beside import Beside
from tests.soak.installation import KINDS, Installation
from tests.soak.process import Sample, sample


class Processes(Beside):
    """A row of samples for each process of an orchestrator: ``rows[name, pid]``."""

    def __init__(self, whole: Installation, every: float) -> None:
        super().__init__(every)
        self._whole = whole
        self.rows: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)

    def step(self) -> None:
        for number, replica in enumerate(self._whole.replicas, 1):
            try:
                pid = self._whole.pid(replica)
            except (OSError, ValueError):
                continue
            if (found := sample(pid)) is not None:
                self.rows[f"replica {number}", pid].append(found)


class Ownership(Beside):
    """How long an id of the catalog was served by nobody, and how long one that is gone was served.

    A moment in which the catalog cannot be read tells nothing, so it ends no wait and begins none.
    """

    def __init__(self, whole: Installation, every: float) -> None:
        super().__init__(every)
        self._whole = whole
        self._since: dict[tuple[str, str, str], float] = {}
        self.longest: dict[str, tuple[float, str]] = {"unowned": (0.0, ""), "left over": (0.0, "")}
        self.looked = 0

    def step(self) -> None:
        wrong = set()
        for kind in KINDS:
            try:
                expected = self._whole.ids(kind)
            except SQLAlchemyError:
                return
            report = self._whole.judged(kind, expected)
            wrong |= {("unowned", kind, one) for one in report.unserved}
            others = report.served.get(kind, {}).keys() - expected
            wrong |= {("left over", kind, one) for one in others}
        now = time.monotonic()
        self._since = {one: self._since.get(one, now) for one in wrong}
        for (what, kind, id), since in self._since.items():
            self.longest[what] = max(self.longest[what], (now - since, f"{kind} {id}"))
        self.looked += 1


class Churn(Beside):
    """An application that changes the catalog. It fails while its database is away, and comes back."""

    def __init__(self, whole: Installation, seed: int, rate: float, burst: float) -> None:
        super().__init__(every=0.5)
        self._whole, self._seed, self._rate, self._burst = whole, seed, rate, burst
        self.changes = self.bursts = self.interrupted = 0

    def step(self) -> None:
        self.bursts += 1
        numbers = ("--rate", f"{self._rate:g}", "--seconds", f"{self._burst:g}")
        seeds = ("--seed", str(self._seed + self.bursts), "--config", str(self._whole.config), "-o", "json")
        done = self._whole.cli("demo", "churn", *numbers, *seeds)
        if done.returncode:
            self.interrupted += 1
        if done.stdout.strip():
            told = json.loads(done.stdout)
            self.changes += sum(told[name] for name in ("added", "removed", "updated", "touched"))
