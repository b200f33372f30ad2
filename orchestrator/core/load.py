"""What weighs on a shard, by dimension, and how full that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.model import Vector


@dataclass(slots=True)
class Load:
    """What weighs on a shard: ids it owns, ids it lets go of, ids that are on their way to it."""

    used: list[int]
    leaving: list[int]
    reserved: list[int]

    @classmethod
    def empty(cls, dimensions: int) -> Load:
        return cls([0] * dimensions, [0] * dimensions, [0] * dimensions)

    def copy(self) -> Load:
        return Load(self.used[:], self.leaving[:], self.reserved[:])

    @property
    def expected(self) -> int:
        """How many ids the shard will own when what is under way is done."""
        return self.used[0] + self.reserved[0]

    def room(self, capacity: Vector) -> int:
        """How many more ids of weight one may be admitted: owned, releasing and reserved ones count."""
        return capacity[0] - self.used[0] - self.leaving[0] - self.reserved[0]

    def fits(self, weight: Vector, capacity: Vector) -> bool:
        return self.fullest(weight, capacity) is None

    def fullest(self, weight: Vector, capacity: Vector) -> int | None:
        """The first dimension in which there is no room for the weight, too; None: it fits."""
        used, leaving, reserved = self.used, self.leaving, self.reserved
        told = len(weight)
        for d in range(min(len(used), len(capacity))):
            part = weight[d] if d < told else 1
            if used[d] + leaving[d] + reserved[d] + part > capacity[d]:
                return d
        return None

    def score(self, capacity: Vector) -> float:
        """How full the shard will be in its fullest dimension, as a share of its capacity."""
        used, reserved = self.used, self.reserved
        most = -1.0
        for d in range(min(len(used), len(capacity))):
            c = capacity[d]
            share = (used[d] + reserved[d]) / c if c else float("inf")
            if share > most:
                most = share
        return most


def add(totals: list[int], weight: Vector, sign: int) -> None:
    """Add a weight to totals; a dimension of which the weight says nothing counts one."""
    told = len(weight)
    for d in range(len(totals)):
        totals[d] += sign * weight[d] if d < told else sign


def add_all(totals: list[int], weights: Sequence[Vector], sign: int) -> None:
    """Add many weights to totals."""
    dimensions = len(totals)
    if weights and min(map(len, weights)) == max(map(len, weights)) == dimensions:
        for d, column in enumerate(zip(*weights, strict=True)):
            totals[d] += sign * sum(column)
        return
    for weight in weights:
        add(totals, weight, sign)


def padded(weight: Vector, dimensions: int) -> Vector:
    """The weight in every dimension: one where it says nothing."""
    return weight[:dimensions] + (1,) * (dimensions - len(weight))
