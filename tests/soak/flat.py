"""Whether a row of samples grows: a fair judgement, which a warm-up and a single peak do not sway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.soak.process import Sample

MIB = 1 << 20
FEWEST = 8
MOST_POINTS = 120


@dataclass(frozen=True, slots=True)
class Growth:
    """``level``: the median of the second half. ``by``: the slope there times its length."""

    level: float
    by: float
    allowed: float

    @property
    def is_flat(self) -> bool:
        return self.by <= self.allowed


def of_memory(samples: Sequence[Sample]) -> Growth:
    """At most 5% of the level in the second half, and 8 MiB in any case."""
    return growth(samples, lambda one: one.memory, ratio=0.05, floor=8 * MIB)


def of_descriptors(samples: Sequence[Sample]) -> Growth:
    """At most 20 in the second half: twenty workers choose their replica anew when one of them is away."""
    return growth(samples, lambda one: one.descriptors, ratio=0.0, floor=20)


def of_threads(samples: Sequence[Sample]) -> Growth:
    return growth(samples, lambda one: one.threads, ratio=0.0, floor=4)


def growth(
    samples: Sequence[Sample], value: Callable[[Sample], float], *, ratio: float, floor: float
) -> Growth:
    """The slope is the median of those between all pairs (Theil and Sen).

    Raises ValueError for too few samples.
    """
    half = samples[len(samples) // 2 :]
    if len(half) < FEWEST:
        raise ValueError(f"{len(samples)} samples tell nothing; {2 * FEWEST} do")
    points = [(one.at, value(one)) for one in half[:: max(1, len(half) // MOST_POINTS)]]
    slopes = [
        (later - earlier) / (until - since)
        for index, (since, earlier) in enumerate(points)
        for until, later in points[index + 1 :]
    ]
    level = median(one for _, one in points)
    by = median(slopes) * (points[-1][0] - points[0][0])
    return Growth(level=level, by=by, allowed=max(floor, ratio * level))
