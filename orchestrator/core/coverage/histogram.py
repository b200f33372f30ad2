"""How long something took, counted by buckets: bounded memory, and quantiles to the width of a bucket."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

BOUNDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
)
"""The upper bounds of the buckets in seconds; what took longer is in one of its own."""


class Histogram:
    """``sum``: of all that was added, in seconds. ``longest``: of them."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Something took so long; less than nothing counts as nothing."""
        seconds = max(0.0, seconds)
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds
        self.longest = max(self.longest, seconds)

    @property
    def count(self) -> int:
        return sum(self.counts)

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Each bound with the number of those that took no longer; the last is infinite."""
        total = 0
        for bound, count in zip((*BOUNDS, float("inf")), self.counts, strict=True):
            total += count
            yield bound, total

    def quantile(self, share: float) -> float | None:
        """How long that share took at most, interpolated within its bucket; None: nothing was added."""
        total = self.count
        if not total:
            return None
        wanted, before, low = share * total, 0, 0.0
        for bound, count in zip((*BOUNDS, self.longest), self.counts, strict=True):
            if count and before + count >= wanted:
                high = min(bound, self.longest)
                return max(low, low + (high - low) * (wanted - before) / count) if high > low else high
            before, low = before + count, bound
        return self.longest
