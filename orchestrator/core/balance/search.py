"""The fewest moves of a small kind, found by trying: where shedding the heaviest does not come out even.

Exact when it ends by itself; cut off after a number of steps it gives the best that it met.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add, gt, sub, truediv

from orchestrator.core.balance.levels import Bin, Item
from orchestrator.core.balance.relief import MayTake
from orchestrator.core.decisions import Move
from orchestrator.core.model import Vector


@dataclass(slots=True)
class _Stand:
    """``parts``: the limit as a divisor. ``is_over``: follows the load. ``totals``: by how many are undecided
    and by dimension, what the heaviest one, two, ... of these weigh together.
    """

    limit: Vector
    number: int
    is_open: bool
    load: list[int]
    settled: list[int]
    undecided: list[Item]
    parts: tuple[float, ...]
    is_over: bool
    totals: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def bear(self, load: list[int]) -> None:
        self.load = load
        self.is_over = any(map(gt, load, self.limit))

    def fewest(self, dimension: int, excess: int) -> int:
        """How many of the undecided, the largest first, it takes; one more than there are if none suffice."""
        # what is undecided is always the first so many of the same ones
        key = len(self.undecided), dimension
        totals = self.totals.get(key)
        if totals is None:
            weights = sorted((item.weight[dimension] for item in self.undecided), reverse=True)
            totals = self.totals[key] = list(accumulate(weights))
        return bisect_left(totals, excess) + 1


class Search:
    """``steps``: how many at most. ``fewer_than``: only ways with fewer moves count."""

    def __init__(
        self,
        bins: Sequence[Bin],
        bound: int,
        contents: dict[int, Sequence[Item]],
        may_take: MayTake | None,
        *,
        steps: int,
        fewer_than: int,
        any_way: bool = False,
    ) -> None:
        self._may_take = may_take
        self._steps = steps
        self._best = fewer_than
        self._any_way = any_way
        self._moves: list[Move] = []
        self._found: list[Move] | None = None
        self._stands = []
        for one in bins:
            items = list(contents.get(one.number, ()))
            stuck = [
                load - sum(item.weight[dimension] for item in items)
                for dimension, load in enumerate(one.load)
            ]
            items.sort(key=lambda item: (max(item.weight), sum(item.weight), item.id))
            limit, is_open = one.limit(bound), one.is_open and one.is_staying
            parts, is_over = tuple(most or 0.5 for most in limit), any(map(gt, one.load, limit))
            load = one.load[:]
            self._stands.append(_Stand(limit, one.number, is_open, load, stuck, items, parts, is_over))

    def run(self) -> list[Move] | None:
        """The moves, in the order in which they were thought of; None: there is no way, or none was met."""
        self._try()
        return self._found

    def _try(self) -> bool:
        """Whether to end: enough was found, or tried."""
        self._steps -= 1
        if self._steps <= 0:
            return True
        over = [stand for stand in self._stands if stand.is_over]
        if not over:
            self._found, self._best = self._moves[:], len(self._moves)
            return self._any_way
        needed = 0
        for stand in over:
            some = self._at_least(stand)
            if some > len(stand.undecided):
                return False
            needed += some
        if len(self._moves) + needed >= self._best:
            return False
        if len(over) == 1:
            return self._branch(over[0])
        return self._branch(max(over, key=lambda s: (_overfull(s), -s.number)))

    def _at_least(self, stand: _Stand) -> int:
        most = 0
        for dimension, excess in enumerate(map(sub, stand.load, stand.limit)):
            if excess > 0:
                most = max(most, stand.fewest(dimension, excess))
        return most

    def _branch(self, stand: _Stand) -> bool:
        item = stand.undecided.pop()
        try:
            if self._send(stand, item):
                return True
            settled = list(map(add, stand.settled, item.weight))
            if any(map(gt, settled, stand.limit)):
                return False
            before, stand.settled = stand.settled, settled
            try:
                return self._try()
            finally:
                stand.settled = before
        finally:
            stand.undecided.append(item)

    def _send(self, stand: _Stand, item: Item) -> bool:
        weight, before = item.weight, stand.load
        stand.bear(list(map(sub, before, weight)))
        alike: set[tuple[Vector, tuple[int, ...]]] = set()
        try:
            for _, _, other, settled in self._takers(stand, weight):
                if self._may_take is not None and not self._may_take(item.id, other.number):
                    continue
                if not other.undecided:
                    # of shards that are alike and hold nothing of their own to give, one speaks for all
                    shape = (other.limit, tuple(settled))
                    if self._may_take is None and shape in alike:
                        continue
                    alike.add(shape)
                if self._with(stand, item, other, settled):
                    return True
        finally:
            stand.bear(before)
        return False

    def _takers(self, stand: _Stand, weight: Vector) -> list[tuple[float, int, _Stand, list[int]]]:
        """Who has room for it, the emptiest first, and what each would have settled with it."""
        takers = []
        for other in self._stands:
            if other.is_open and other is not stand:
                settled = list(map(add, other.settled, weight))
                if not any(map(gt, settled, other.limit)):
                    fullness = max(map(truediv, map(add, other.load, weight), other.parts))
                    takers.append((fullness, other.number, other, settled))
        takers.sort()
        return takers

    def _with(self, stand: _Stand, item: Item, other: _Stand, settled: list[int]) -> bool:
        settled_before, before = other.settled, other.load
        other.settled = settled
        other.bear(list(map(add, before, item.weight)))
        self._moves.append(Move(item.id, stand.number, other.number))
        try:
            return self._try()
        finally:
            self._moves.pop()
            other.settled = settled_before
            other.bear(before)


def _overfull(stand: _Stand) -> float:
    return max((one - most) / (most or 1) for one, most in zip(stand.load, stand.limit, strict=True))
