"""The three parts of a soak: everything restarts in turn; orchestrators live on; a dependency is away."""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass
from statistics import median

from tests.soak import flat
from tests.soak.flat import MIB, Growth
from tests.soak.installation import KINDS, SERVICES, Installation
from tests.soak.process import Sample, load, sample
from tests.soak.table import Line
from tests.soak.watching import Churn, Ownership, Processes

RATE = 8.0
BURST_S = 15.0
UNOWNED_S = 45.0
"""Of a killed leader: its session (6 s), the election, its successor's first round. Of a killed worker: its
end is seen, a new one starts and acquires. Both on a machine whose two cores run all the services as well."""
CPU = 0.10
CPU_S = 60.0
QUIET_S = 5.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Seconds of each."""

    restarts: float
    steady: float
    away: float

    @classmethod
    def of(cls, seconds: float) -> Parts:
        """``away`` is looked at for a minute, or for less where there is less time."""
        return cls(restarts=0.25 * seconds, steady=0.5 * seconds, away=min(CPU_S, 0.25 * seconds / 6))


class Soak:
    def __init__(self, whole: Installation, seconds: float, seed: int) -> None:
        self._whole, self._seed = whole, seed
        self._parts = Parts.of(seconds)
        self._chance = random.Random(seed)
        self._restarted: dict[str, int] = {}

    def run(self) -> list[Line]:
        """Raises AssertionError when the whole does not come back from something."""
        whole, parts = self._whole, self._parts
        whole.settle()
        watching, owning = Processes(whole, every=max(0.5, parts.steady / 400)), Ownership(whole, every=2.0)
        with Churn(whole, self._seed, RATE, BURST_S) as churn, watching, owning:
            self._restart(parts.restarts, orchestrators=True)
            steady = {replica: whole.pid(replica) for replica in whole.replicas}
            began = time.monotonic()
            self._restart(parts.steady, orchestrators=False)
            ended = time.monotonic()
        whole.settle()
        lines = [*self._done(churn, owning), *_owned(owning)]
        for number, pid in enumerate(steady.values(), 1):
            row = [one for one in watching.rows[f"replica {number}", pid] if began <= one.at <= ended]
            lines += _grown(f"replica {number}", row)
        lines += self._without()
        return lines + self._judged()

    def _restart(self, seconds: float, *, orchestrators: bool) -> None:
        """Rounds until the time is over, at least one; each waits until the last is healed."""
        limit = time.monotonic() + seconds
        while True:
            for name, restart in self._whole.turns(self._chance, orchestrators=orchestrators):
                _say(f"restarts {name}")
                restart()
                self._restarted[name] = self._restarted.get(name, 0) + 1
                for replica in self._whole.replicas:
                    replica.wait_ready()
                time.sleep(self._chance.uniform(0.5, 2.0) * min(1.0, seconds / 300) * QUIET_S)
            if time.monotonic() > limit:
                return

    def _without(self) -> list[Line]:
        """The share of a core while nothing changes, with everything there and without each dependency."""
        lines = [self._loads("nothing")]
        for name in SERVICES:
            nodes = self._whole.nodes(name)
            _say(f"without {name} for {self._parts.away:.0f} s")
            for node in nodes:
                node.kill()
            try:
                lines.append(self._loads(name))
            finally:
                for node in nodes:
                    node.start(**({"wait": False} if name == "zookeeper" else {}))
            for replica in self._whole.replicas:
                replica.wait_ready()
            self._whole.settle()
        return lines

    def _loads(self, name: str) -> Line:
        pids = [self._whole.pid(replica) for replica in self._whole.replicas]
        time.sleep(QUIET_S)
        before: list[Sample | None] = [sample(pid) for pid in pids]
        time.sleep(self._parts.away)
        loads = [load(old, sample(pid)) for old, pid in zip(before, pids, strict=True)]
        figure = " / ".join(f"{100 * one:.1f}%" for one in loads)
        what = f"CPU of one core in {self._parts.away:.0f} s, away: {name}"
        return Line(what, figure, f"below {100 * CPU:.0f}%", max(loads) < CPU)

    def _done(self, churn: Churn, owning: Ownership) -> list[Line]:
        counted = sum(self._restarted.values())
        named = ", ".join(f"{name} {count}" for name, count in sorted(self._restarted.items()))
        return [
            Line("changes of the catalog", f"{churn.changes:,} (interrupted bursts: {churn.interrupted})"),
            Line("restarts", f"{counted} ({named})"),
            Line("looks at ledgers and catalog", f"{owning.looked:,}"),
        ]

    def _judged(self) -> list[Line]:
        lines = []
        for kind in KINDS:
            report = self._whole.judged(kind, self._whole.ids(kind))
            wrong = len(report.double_served) + len(report.backwards) + len(report.unserved)
            figure = f"{wrong} ({report.processes} processes)"
            lines.append(Line(f"{kind}: served twice, backwards or not at all", figure, "0", wrong == 0))
        return lines


def _owned(owning: Ownership) -> list[Line]:
    lines = []
    for what, (seconds, id) in owning.longest.items():
        figure = f"{seconds:.0f} s" + (f" ({id})" if id else "")
        lines.append(
            Line(f"longest {what}, by the ledgers", figure, f"{UNOWNED_S:.0f} s", seconds <= UNOWNED_S)
        )
    return lines


def _grown(name: str, row: list[Sample]) -> list[Line]:
    memory, descriptors, threads = flat.of_memory(row), flat.of_descriptors(row), flat.of_threads(row)
    minutes = (row[-1].at - row[0].at) / 60
    first = median(one.memory for one in row[: max(1, len(row) // 10)])
    return [
        _growth(
            f"{name}: memory over {minutes:.0f} min, at first {first / MIB:.0f} MiB", memory, MIB, " MiB"
        ),
        _growth(f"{name}: descriptors", descriptors, 1, ""),
        _growth(f"{name}: threads", threads, 1, ""),
    ]


def _growth(what: str, found: Growth, unit: int, name: str) -> Line:
    figure = f"{found.level / unit:.0f}{name}, {found.by / unit:+.1f}{name} in its second half"
    return Line(what, figure, f"{found.allowed / unit:+.0f}{name}", found.is_flat)


def _say(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {what}\n")
