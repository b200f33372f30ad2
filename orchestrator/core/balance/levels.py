"""How full shards are against each other, and the least that the fullest of them can come down to.

Loads are measured in millionths of a shard's capacity, in the dimension in which it is fullest, rounded
up: whole numbers, so that the same state always gives the same answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add, ge
from typing import NamedTuple

from orchestrator.core.model import Vector

WHOLE = 1_000_000
"""The measure of a shard that is full."""


class Item(NamedTuple):
    """A resource as a balance sees it: its id and its weight in every dimension."""

    id: str
    weight: Vector


@dataclass(slots=True, kw_only=True)
class Bin:
    """A shard as a balance sees it.

    ``load``: what it will own in each dimension; ``room``: what it can be promised at once, None:
    whatever its capacity leaves. ``is_staying``: False for one that is to give all it has.
    ``is_open``: whether it takes anything now.
    """

    number: int
    capacity: Vector
    load: list[int]
    room: list[int] | None = None
    is_staying: bool = True
    is_open: bool = True

    def copy(self) -> Bin:
        return Bin(
            number=self.number,
            capacity=self.capacity,
            load=self.load[:],
            room=None if self.room is None else self.room[:],
            is_staying=self.is_staying,
            is_open=self.is_open,
        )

    @property
    def level(self) -> int:
        return level(self.load, self.capacity)

    def limit(self, bound: int) -> Vector:
        """The most that it may own in each dimension at this level; never more than it holds."""
        if not self.is_staying:
            return (0,) * len(self.capacity)
        share = min(bound, WHOLE)
        return tuple(most * share // WHOLE for most in self.capacity)

    def excess(self, bound: int) -> list[int]:
        """What it has above its limit in each dimension, zero where nothing."""
        return [max(0, one - most) for one, most in zip(self.load, self.limit(bound), strict=True)]


def level(load: Sequence[int], capacity: Sequence[int]) -> int:
    """How full, in millionths, rounded up; what holds nothing in a dimension is overfull with anything."""
    # asked after each move: written out it takes half the time
    fullest = -WHOLE * WHOLE
    for one, most in zip(load, capacity, strict=True):
        share = -(-one * WHOLE // most) if most else (one > 0) * WHOLE * WHOLE
        if share > fullest:
            fullest = share
    return fullest


def fits(load: Sequence[int], weight: Sequence[int], limit: Sequence[int]) -> bool:
    return all(map(ge, limit, map(add, load, weight)))


def least_level(bins: Iterable[Bin], heaviest: Iterable[Vector] = ()) -> int:
    """A level that no assignment gets below: the mean, and the heaviest resource on the shard that it fills
    the least.

    ``heaviest``: weights of resources; one that is heavier in each dimension than another speaks for it.
    """
    every = list(bins)
    staying = [one for one in every if one.is_staying]
    if not staying:
        return 0
    totals = [sum(parts) for parts in zip(*(one.load for one in every), strict=True)]
    capacity = [sum(parts) for parts in zip(*(one.capacity for one in staying), strict=True)]
    shapes = {one.capacity for one in staying}
    giants = (min(level(weight, shape) for shape in shapes) for weight in heaviest)
    return max(level(totals, capacity), *giants, 0)


def low_level(bins: Iterable[Bin], band: float) -> int:
    """The lower side of the band: less than this is too little for a shard that is to be used."""
    return int(least_level(bins) * (1 - band))


def peak(bins: Iterable[Bin]) -> int:
    """The level of the fullest shard that stays."""
    return max((one.level for one in bins if one.is_staying), default=0)


def spill(bins: Sequence[Bin], bound: int) -> int:
    """How much higher all shards would be if they shared what is above the bound."""
    capacity = [sum(parts) for parts in zip(*(one.capacity for one in bins if one.is_staying), strict=True)]
    above = [sum(parts) for parts in zip(*(one.excess(bound) for one in bins), strict=True)]
    return level(above, capacity) if capacity and any(above) else 0


def even_shares(bins: Sequence[Bin], count: int, weight: Vector) -> dict[int, int]:
    """How many of ``count`` resources of this one weight each shard has when the fullest is the least full.

    Shares follow the capacities; where these are equal they differ by at most one. At a tie the fullest
    get the remainder: that saves moves.
    """
    staying = [one for one in bins if one.is_staying]
    units = {one.number: max(1, level([part * WHOLE for part in weight], one.capacity)) for one in staying}
    parts = {number: WHOLE**4 // unit for number, unit in units.items()}
    whole = sum(parts.values())
    if not whole:
        return {}
    shares = {number: count * part // whole for number, part in parts.items()}
    loads = {one.number: one.load[0] for one in staying}
    heap = [((shares[n] + 1) * units[n], shares[n] - loads[n], n) for n in shares]
    heapq.heapify(heap)
    for _ in range(count - sum(shares.values())):
        number = heap[0][2]
        shares[number] += 1
        share = shares[number]
        heapq.heapreplace(heap, ((share + 1) * units[number], share - loads[number], number))
    return shares
