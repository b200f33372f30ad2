"""The fewest moves of a small kind, found by trying: where shedding the heaviest does not come out even.

Exact when it ends by itself; cut off after a number of steps it gives the best that it met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.core.balance.levels import Bin, Item
from orchestrator.core.balance.relief import MayTake
from orchestrator.core.balance.shed import fewest
from orchestrator.core.model import Vector
from orchestrator.core.plan import Move


@dataclass(slots=True)
class _Stand:
    limit: Vector
    number: int
    is_open: bool
    load: list[int]
    settled: list[int]
    undecided: list[Item] = field(default_factory=list)


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
            self._stands.append(_Stand(limit, one.number, is_open, one.load[:], stuck, items))

    def run(self) -> list[Move] | None:
        """The moves, in the order in which they were thought of; None: there is no way, or none was met."""
        self._try()
        return self._found

    def _try(self) -> bool:
        """Whether to end: enough was found, or tried."""
        self._steps -= 1
        if self._steps <= 0:
            return True
        over = [stand for stand in self._stands if _is_over(stand.load, stand.limit)]
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
        return self._branch(max(over, key=lambda s: (_overfull(s), -s.number)))

    def _at_least(self, stand: _Stand) -> int:
        most = 0
        for dimension, (load, limit) in enumerate(zip(stand.load, stand.limit, strict=True)):
            if load > limit:
                weights = sorted((item.weight[dimension] for item in stand.undecided), reverse=True)
                most = max(most, fewest(weights, load - limit))
        return most

    def _branch(self, stand: _Stand) -> bool:
        item = stand.undecided.pop()
        try:
            if self._send(stand, item):
                return True
            settled = [one + part for one, part in zip(stand.settled, item.weight, strict=True)]
            if _is_over(settled, stand.limit):
                return False
            before, stand.settled = stand.settled, settled
            try:
                return self._try()
            finally:
                stand.settled = before
        finally:
            stand.undecided.append(item)

    def _send(self, stand: _Stand, item: Item) -> bool:
        weight = item.weight
        stand.load = [one - part for one, part in zip(stand.load, weight, strict=True)]
        alike: set[tuple[Vector, tuple[int, ...]]] = set()
        try:
            takers = [other for other in self._stands if other.is_open and other is not stand]
            takers.sort(key=lambda other: (_fullness(other, weight), other.number))
            for other in takers:
                settled = [one + part for one, part in zip(other.settled, weight, strict=True)]
                if _is_over(settled, other.limit):
                    continue
                if self._may_take is not None and not self._may_take(item.id, other.number):
                    continue
                if not other.undecided:
                    # of shards that are alike and hold nothing of their own to give, one speaks for all
                    shape = (other.limit, tuple(other.settled))
                    if self._may_take is None and shape in alike:
                        continue
                    alike.add(shape)
                if self._with(stand, item, other, settled):
                    return True
        finally:
            stand.load = [one + part for one, part in zip(stand.load, weight, strict=True)]
        return False

    def _with(self, stand: _Stand, item: Item, other: _Stand, settled: list[int]) -> bool:
        before, other.settled = other.settled, settled
        other.load = [one + part for one, part in zip(other.load, item.weight, strict=True)]
        self._moves.append(Move(item.id, stand.number, other.number))
        try:
            return self._try()
        finally:
            self._moves.pop()
            other.settled = before
            other.load = [one - part for one, part in zip(other.load, item.weight, strict=True)]


def _is_over(load: Sequence[int], limit: Sequence[int]) -> bool:
    # called a million times: a generator would take three times as long
    for position, most in enumerate(limit):  # noqa: SIM110
        if load[position] > most:
            return True
    return False


def _overfull(stand: _Stand) -> float:
    return max((one - most) / (most or 1) for one, most in zip(stand.load, stand.limit, strict=True))


def _fullness(stand: _Stand, weight: Vector) -> float:
    load, most = stand.load, 0.0
    for position, limit in enumerate(stand.limit):
        most = max(most, (load[position] + weight[position]) / (limit or 0.5))
    return most
