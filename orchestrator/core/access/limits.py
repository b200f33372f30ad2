"""How often somebody may ask, and when who fails too often has to wait. Pure: the time is an argument.

Times are seconds of a clock that only goes forward. Both hold a bounded number of names: where there are
more, those that are nearest to having nothing against them are forgotten.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

MOST_NAMES = 10_000


@dataclass(slots=True)
class _Level:
    left: float
    at: float


class Buckets:
    """Token buckets: ``burst`` at once, then ``rate`` a second, for each name of its own."""

    def __init__(self, rate: float, burst: int, names: int = MOST_NAMES) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._names = names
        self._levels: dict[Hashable, _Level] = {}

    def take(self, name: Hashable, now: float, count: float = 1.0) -> float:
        """0: granted; else the seconds until it would be, and nothing was taken."""
        level = self._levels.get(name)
        if level is None:
            if len(self._levels) >= self._names:
                self._forget(now)
            level = self._levels[name] = _Level(self._burst, now)
        level.left = self._left(level, now)
        level.at = now
        if level.left >= count:
            level.left -= count
            return 0.0
        return (count - level.left) / self._rate

    def give(self, name: Hashable, count: float = 1.0) -> None:
        """Give back what was taken."""
        level = self._levels.get(name)
        if level is not None:
            level.left = min(self._burst, level.left + count)

    def __len__(self) -> int:
        return len(self._levels)

    def _left(self, level: _Level, now: float) -> float:
        return min(self._burst, level.left + max(0.0, now - level.at) * self._rate)

    def _forget(self, now: float) -> None:
        fullest = sorted(self._levels, key=lambda name: -self._left(self._levels[name], now))
        for name in fullest[: max(1, self._names // 10)]:
            del self._levels[name]


@dataclass(slots=True)
class _Failures:
    count: int
    at: float
    until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPolicy:
    """After so many failures in a row the next attempt waits for ``first``, then twice as long each time.

    ``most``: the longest such wait. Failures are forgotten ``forget`` after the last.
    """

    after: int = 5
    first: float = 1.0
    most: float = 900.0
    forget: float = 3600.0


class Lockout:
    """Who fails too often, by name."""

    def __init__(self, policy: LockPolicy, names: int = MOST_NAMES) -> None:
        self._policy = policy
        self._names = names
        self._failures: dict[Hashable, _Failures] = {}

    def wait(self, name: Hashable, now: float) -> float:
        """The seconds until another attempt is looked at; 0: it is now."""
        known = self._known(name, now)
        return 0.0 if known is None else max(0.0, known.until - now)

    def failed(self, name: Hashable, now: float) -> float:
        """Count it; the seconds until another attempt is looked at."""
        known = self._known(name, now)
        if known is None:
            if len(self._failures) >= self._names:
                self._forget(now)
            known = self._failures[name] = _Failures(0, now)
        known.count += 1
        known.at = now
        beyond = known.count - self._policy.after
        if beyond >= 0:
            # An exponent without end would overflow.
            known.until = now + min(self._policy.most, self._policy.first * 2.0 ** min(beyond, 60))
        return max(0.0, known.until - now)

    def succeeded(self, name: Hashable) -> None:
        """All is forgotten."""
        self._failures.pop(name, None)

    def forgiven(self, name: Hashable) -> None:
        """The last one was no failure; those before it stand."""
        known = self._failures.get(name)
        if known is None:
            return
        known.count -= 1
        known.until = 0.0
        if known.count <= 0:
            del self._failures[name]

    def __len__(self) -> int:
        return len(self._failures)

    def _known(self, name: Hashable, now: float) -> _Failures | None:
        known = self._failures.get(name)
        if known is not None and now - known.at >= self._policy.forget and now >= known.until:
            del self._failures[name]
            return None
        return known

    def _forget(self, now: float) -> None:
        for name in [name for name in self._failures if self._known(name, now) is None]:
            self._failures.pop(name, None)
        spare = len(self._failures) - self._names + max(1, self._names // 10)
        least = sorted(self._failures, key=lambda name: (self._failures[name].count, self._failures[name].at))
        for name in least[: max(0, spare)]:
            del self._failures[name]
