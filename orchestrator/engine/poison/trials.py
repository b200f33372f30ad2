"""Runs the trial of a crash-looping shard: one at a time, on an instance that serves nobody anyway."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from orchestrator.core.decisions import Reason
from orchestrator.core.poison.suspicion import Crash, Suspicion
from orchestrator.core.poison.trial import Trial
from orchestrator.engine.poison.baseline import is_settled
from orchestrator.engine.poison.ward import Ward

if TYPE_CHECKING:
    from orchestrator.engine.tenure import Tenure

log = structlog.get_logger()

NOBODY: frozenset[str] = frozenset()


class Trials:
    """``trial``: the one under way; ``began``: when that was, monotonic seconds."""

    def __init__(self, tenure: Tenure, ward: Ward) -> None:
        self.trial: Trial | None = None
        self._tenure = tenure
        self._ward = ward
        self._policy = tenure.setup.policy.poison
        self._health = tenure.setup.health
        self._clock = tenure.around.clock
        self._crashes: list[Crash] = []
        self._watch = 0.0
        self.began = 0.0
        self._runs: tuple[int, float] | None = None
        self._spared: dict[int, float] = {}

    def home_and_aside(self) -> tuple[int | None, frozenset[str]]:
        """The shard that is tried, and what it is to run without."""
        return (None, NOBODY) if self.trial is None else (self.trial.shard, self.trial.aside)

    def is_spared(self, number: int) -> bool:
        """Whether a trial of the shard found nothing a short while ago."""
        return self._clock.monotonic() < self._spared.get(number, -math.inf)

    def begin(self, suspicion: Suspicion) -> None:
        room = self._ward.room()
        if room < 1:
            self._spare(suspicion.shard, "as many resources as allowed are in quarantine already")
            return
        self._crashes = list(suspicion.crashes)
        self._watch = self._health.stable_after
        self._watch_for(2 * max(_lives(suspicion.crashes), default=0.0))
        self.began, self._runs = self._clock.monotonic(), None
        self.trial = Trial(suspicion.shard, suspicion.first, suspicion.everyone, most=room)
        self._note(f"runs without {len(self.trial.aside)} of {len(suspicion.everyone)} for now")
        self._go_on()

    def take_end(self, crash: Crash) -> bool:
        """Whether the crash belongs to the trial."""
        if self.trial is None or crash.shard != self.trial.shard:
            return False
        if self.trial.aside.isdisjoint(crash.ids()):
            if self._runs is not None and self._runs[0] == crash.incarnation:
                self._watch_for(2 * (crash.at - self._runs[1]))
            self._crashes.append(crash)
            self.trial.ended()
            self._conclude()
        else:
            self._go_on()
        return True

    def look(self, now: float) -> None:
        """Whether the instance has lived long enough with what it has now."""
        trial = self.trial
        if trial is None:
            return
        shard = self._tenure.shard(trial.shard)
        if shard is None or not shard.is_active:
            self.abandon("its shard is being given up")
            return
        if now - self.began > self._most_seconds():
            self.abandon("it took too long")
            return
        tested = trial.tested
        waits = any(not tested.isdisjoint(entry.ids) for _, entry in shard.entries())
        owns = not trial.aside.isdisjoint(shard.ids())
        if self._runs is None or self._runs[0] != shard.incarnation:
            ready = is_settled(self._tenure.roster, shard) and not waits and not owns
            self._runs = (shard.incarnation, now) if ready else None
        elif now - self._runs[1] >= self._watch and is_settled(self._tenure.roster, shard):
            trial.survived()
            self._conclude()

    def sentences(self) -> Sequence[str]:
        if self.trial is None:
            return []
        return [
            f"{self._name()} crashes again and again: it runs without {len(self.trial.aside)} resources for"
            f" now, to find out which of them ends it (step {self.trial.steps + 1})"
        ]

    def _watch_for(self, seconds: float) -> None:
        """An instance has survived when it lived twice as long as those that did not."""
        self._watch = min(self._policy.within, max(self._watch, seconds))

    def _conclude(self) -> None:
        trial = self.trial
        assert trial is not None
        self._runs = None
        if trial.is_over and trial.found:
            there = [i for i in trial.found if i in self._tenure.view.index]
            self._ward.convict(there, self._evidence(f"without it {self._name()} runs"))
            self._note(f"{len(there)} found in {trial.steps} steps", there)
            self.trial = None
        elif trial.is_over:
            self.abandon(trial.why)
        self._go_on()

    def abandon(self, why: str) -> None:
        """End the trial: nobody is accused, and what was aside comes back."""
        assert self.trial is not None
        self._spare(self.trial.shard, why)
        self.trial = None
        self._go_on()

    def _spare(self, number: int, why: str) -> None:
        self._spared[number] = self._clock.monotonic() + self._policy.within
        self._note(f"no resource is accused: {why}", shard=number)

    def _go_on(self) -> None:
        """The next run begins at once: what is tried is known to end instances, and waiting tells nothing."""
        if self.trial is not None and (shard := self._tenure.shard(self.trial.shard)) is not None:
            self._tenure.roster.member(shard).not_before = self._clock.monotonic()
        self._tenure.inbox.wake()

    def _most_seconds(self) -> float:
        """No trial runs for ever: twice what its steps may take."""
        assert self.trial is not None
        steps = 4 + self._policy.most * (3 + len(bin(len(self.trial.aside) + len(self.trial.tested) + 1)))
        return 2 * steps * (self._watch + self._health.startup_grace)

    def _evidence(self, last: str = "") -> tuple[str, ...]:
        name = self._tenure.setup.instance_name
        lines = [line_of(name, one) for one in self._crashes]
        return (*lines[-4:], last) if last else tuple(lines)

    def _name(self) -> str:
        number = self.trial.shard if self.trial is not None else self._crashes[-1].shard
        return f"{self._tenure.setup.instance_name}-{number}"

    def _note(self, detail: str, ids: Collection[str] = (), shard: int | None = None) -> None:
        number = shard if shard is not None or self.trial is None else self.trial.shard
        kind = self._tenure.setup.kind
        log.warning("trial", kind=kind, shard=number, finding=detail)
        self._tenure.recorder.note(
            kind, "trial", Reason.SET_ASIDE.value, shard=number, detail=detail, ids=tuple(ids)[:128]
        )


def _lives(crashes: Sequence[Crash]) -> list[float]:
    """How long the instances lived; the first of each shard may have begun without the culprit."""
    seen: set[int] = set()
    lives = []
    for one in crashes:
        if one.shard in seen and one.lived is not None:
            lives.append(one.lived)
        seen.add(one.shard)
    return lives


def line_of(name: str, crash: Crash) -> str:
    """A crash as a line of evidence."""
    at = datetime.fromtimestamp(crash.wall, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lived = "" if crash.lived is None else f" after {crash.lived:.1f} s"
    return f"{at} {name}-{crash.shard} incarnation {crash.incarnation} ended{lived}: {crash.detail}"
