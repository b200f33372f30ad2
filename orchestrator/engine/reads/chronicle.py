"""What a leader remembers of the course of hand-offs and instances, for people to look at. Bounded, and of no
weight for any decision.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orchestrator.core.decisions import ShardChange, Transaction
from orchestrator.core.model import Instance, Shard
from orchestrator.engine.answers.instance import Past
from orchestrator.engine.roster import Roster

MOST_ARRIVALS = 2_000
PASTS = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """So many ids went from one shard to another, which has them from this generation on.

    ``at``: monotonic seconds.
    """

    source: int
    target: int
    generation: int
    count: int
    at: float


@dataclass(slots=True)
class Course:
    """Of one incarnation; wall clock. None: it was not seen, or has not been."""

    incarnation: int
    created: float | None = None
    stopping: float | None = None
    why: str = ""
    detail: str = ""


@dataclass(slots=True)
class Chronicle:
    courses: dict[int, Course] = field(default_factory=dict)
    pasts: dict[int, deque[Past]] = field(default_factory=dict)
    _arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=MOST_ARRIVALS))

    def committed(self, transaction: Transaction, *, wall: float, now: float) -> None:
        after = {change.number: change.after for change in transaction.changes}
        for decision in transaction.decisions:
            if decision.verb == "move" and decision.shard is not None and decision.to is not None:
                target = after.get(decision.to)
                if target is not None:
                    one = Arrival(decision.shard, decision.to, target.generation, decision.count, now)
                    self._arrivals.append(one)
        for change in transaction.changes:
            before = None if change.before is None else change.before.instance
            if change.after is None or change.after.instance is not before:
                self._turned(change, transaction, wall)

    def arrivals(self, shards: Mapping[int, Shard], roster: Roster) -> Iterator[Arrival]:
        """Those that their new owner has yet to acknowledge. Without acknowledgements: none."""
        for one in list(self._arrivals):
            shard = shards.get(one.target)
            said = None if shard is None else roster.acknowledged(shard)
            if shard is None or (said is not None and said >= one.generation):
                self._arrivals.remove(one)
            else:
                yield one

    def _turned(self, change: ShardChange, transaction: Transaction, wall: float) -> None:
        """The instance of a shard begins, is to end, or has ended."""
        number, after = change.number, change.after
        if after is None:
            self.courses.pop(number, None)
            self.pasts.pop(number, None)
            return
        if after.instance is Instance.LIVE:
            self.courses[number] = Course(after.incarnation, created=wall)
            return
        course = self.courses.get(number)
        if course is None or course.incarnation != after.incarnation:
            course = self.courses[number] = Course(after.incarnation)
        if after.instance is Instance.STOPPING:
            course.stopping = wall
            for decision in transaction.decisions:
                if decision.verb == "stop" and decision.shard == number:
                    course.why, course.detail = decision.reason.value, decision.detail
        elif after.incarnation:
            self.pasts.setdefault(number, deque(maxlen=PASTS)).appendleft(
                Past(
                    incarnation=after.incarnation,
                    created=course.created,
                    ended=wall,
                    reason=course.why,
                    detail=course.detail,
                )
            )
