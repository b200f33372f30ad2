"""What the instances of a kind bear together: summed, smoothed, and how much of it is not known.

The sum is smoothed, not what each bears: an id that moves takes its load along, and adds none meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from orchestrator.core.elastic.policy import ElasticPolicy

MOST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was reported of one shard, by dimension. ``at``: monotonic seconds."""

    shard: int
    at: float
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One dimension of a kind. ``total``: of the shards that are known; ``smoothed``: the same over time.

    ``lasting``: what it was at least for the last half-life, None: it is not watched for so long.
    ``highest``: the most that the smoothed load was while all were known, for ``shrink_after``; None: it
    was not known for so long.
    """

    total: int
    smoothed: float
    lasting: float | None
    highest: float | None
    by_shard: Mapping[int, int] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()


@dataclass(slots=True)
class _Course:
    """What is remembered of one dimension.

    ``latest``: time, total and smoothed load of the last half-life. ``peaks``: (time, load), the load
    falling with the time.
    """

    smoothed: float
    since: float
    at: float
    complete_since: float | None = None
    latest: deque[tuple[float, int, float]] = field(default_factory=deque)
    peaks: deque[tuple[float, float]] = field(default_factory=deque)


class Meter:
    """Remembers the course of the load. ``ignored``: values that cannot be true, by dimension."""

    def __init__(self, policy: ElasticPolicy) -> None:
        self._policy = policy
        self._courses: dict[str, _Course] = {}
        self._ignored_at: dict[tuple[int, str], float] = {}
        self.ignored: dict[str, int] = {}

    def take(self, samples: Iterable[Sample], shards: Collection[int], now: float) -> dict[str, Measure]:
        """Take in the latest samples of these shards; of two of one shard and dimension the later counts.

        A shard without a sample that is younger than ``stale_after`` is unknown. A dimension of which
        nothing is known is left out.
        """
        wanted = set(shards)
        fresh = [one for one in samples if one.shard in wanted and now - one.at <= self._policy.stale_after]
        found: dict[str, Measure] = {}
        for bearing in self._policy.bearings:
            known = self._known(bearing.name, fresh)
            unknown = tuple(sorted(wanted - known.keys()))
            if known:
                found[bearing.name] = self._follow(bearing.name, known, unknown, now)
            elif (course := self._courses.get(bearing.name)) is not None:
                course.complete_since = None
        return found

    def _known(self, name: str, samples: Iterable[Sample]) -> dict[int, int]:
        known: dict[int, int] = {}
        for sample in samples:
            if name not in sample.values:
                continue
            value = possible(sample.values[name])
            if value is None:
                self._ignore(sample, name)
            else:
                known[sample.shard] = value
        return known

    def _ignore(self, sample: Sample, name: str) -> None:
        """Count it once, however often the same report is taken in."""
        if self._ignored_at.get((sample.shard, name)) != sample.at:
            self._ignored_at[sample.shard, name] = sample.at
            self.ignored[name] = self.ignored.get(name, 0) + 1

    def _follow(self, name: str, known: dict[int, int], unknown: tuple[int, ...], now: float) -> Measure:
        total = sum(known.values())
        course = self._courses.get(name)
        if course is None:
            course = self._courses[name] = _Course(float(total), now, now)
        kept = 0.5 ** (max(0.0, now - course.at) / self._policy.half_life)
        course.smoothed = kept * course.smoothed + (1.0 - kept) * total
        course.at = now
        return Measure(
            total=total,
            smoothed=course.smoothed,
            lasting=self._lasting(course, total, now),
            highest=self._highest(course, now, complete=not unknown),
            by_shard=known,
            unknown=unknown,
        )

    def _lasting(self, course: _Course, total: int, now: float) -> float | None:
        """By the totals, which show a step at once, or smoothed, where they leap to and fro."""
        course.latest.append((now, total, course.smoothed))
        while course.latest[0][0] < now - self._policy.half_life:
            course.latest.popleft()
        if now - course.since < self._policy.half_life:
            return None
        return max(min(one[1] for one in course.latest), min(one[2] for one in course.latest))

    def _highest(self, course: _Course, now: float, *, complete: bool) -> float | None:
        if not complete:
            # what was not heard may have been high
            course.complete_since = None
            course.peaks.clear()
            return None
        if course.complete_since is None:
            course.complete_since = now
            course.peaks.clear()
        while course.peaks and course.peaks[-1][1] <= course.smoothed:
            course.peaks.pop()
        course.peaks.append((now, course.smoothed))
        while course.peaks[0][0] < now - self._policy.shrink_after:
            course.peaks.popleft()
        lasted = now - course.complete_since
        return course.peaks[0][1] if lasted >= self._policy.shrink_after else None


def possible(value: object) -> int | None:
    """The load that this is, rounded; None when it can be none: negative, not a number, beyond all bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # comparisons with NaN are false
    return round(value) if 0 <= value <= MOST else None
