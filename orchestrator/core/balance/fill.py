"""Giving shards that came their part: the fewest resources that bring each of them up to a level."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter, truediv

from orchestrator.core.balance.levels import Bin, Item, fits, level
from orchestrator.core.balance.relief import Contents, Cost, MayTake, shift
from orchestrator.core.decisions import Move

GIVERS, TIMES = 64, 2
"""Shards that are asked, the fullest first: at least so many, and more until they can spare so many times
what is wanted.
"""

Sized = tuple[int, float, Item]
"""What a resource costs to move, less its size, and itself."""


class Fill:
    """Moves from shards that stay above ``lows`` to those that are below. ``bins`` follow each move.

    ``lows``: the level that each shard to be filled is to have at least. ``gone``: ids that move already;
    ``most``: how many moves at most. What is heaviest goes first, from a shard that can spare it.
    """

    def __init__(
        self,
        bins: Sequence[Bin],
        bound: int,
        lows: Mapping[int, int],
        contents: Contents,
        may_take: MayTake | None = None,
        cost: Cost | None = None,
        *,
        gone: Collection[str] = (),
        most: int | None = None,
    ) -> None:
        self.moves: list[Move] = []
        self._bins = {one.number: one for one in bins}
        self._lows, self._low = lows, max(lows.values(), default=0)
        self._limits = {number: self._bins[number].limit(bound) for number in lows if number in self._bins}
        self._contents, self._may_take, self._cost = contents, may_take, cost
        self._gone = frozenset(gone)
        self._left = (1 << 60) if most is None else most
        self._takers: list[tuple[int, int]] = []

    def run(self) -> Fill:
        takers = [one for n in sorted(self._limits) if (one := self._bins[n]).is_staying and one.is_open]
        self._takers = [(one.level, one.number) for one in takers if one.level < self._lows[one.number]]
        if not self._takers:
            return self
        heapq.heapify(self._takers)
        givers = self._givers()
        offers = {one.number: self._offers(one) for one in givers}
        heap: list[tuple[Sized, int]] = []
        for number, offer in offers.items():
            if (first := next(offer, None)) is not None:
                heap.append((first, number))
        heapq.heapify(heap)
        while heap and self._left > 0 and self._takers:
            sized, number = heapq.heappop(heap)
            giver, item = self._bins[number], sized[2]
            if self._can_spare(giver, item) and (taker := self._taker(item)) is not None:
                shift(item, giver, taker)
                self.moves.append(Move(item.id, number, taker.number))
                self._left -= 1
                if taker.level < self._lows[taker.number]:
                    heapq.heappush(self._takers, (taker.level, taker.number))
            if (following := next(offers[number], None)) is not None:
                heapq.heappush(heap, (following, number))
        return self

    def _givers(self) -> list[Bin]:
        wanted = TIMES * sum(self._lows[number] - held for held, number in self._takers)
        levels = [(-one.level, n) for n, one in self._bins.items() if one.is_staying and n not in self._lows]
        levels.sort()
        found: list[Bin] = []
        for held, number in levels:
            if -held <= self._low or (len(found) >= GIVERS and wanted <= 0):
                break
            wanted -= -held - self._low
            found.append(self._bins[number])
        return found

    def _offers(self, giver: Bin) -> Iterator[Sized]:
        """What it can give, the heaviest of the cheapest first."""
        gone, cost = self._gone, self._cost
        items = self._contents(giver.number)
        weights = [item.weight for item in items]
        columns = [
            map(truediv, map(itemgetter(d), weights), repeat(most))
            for d, most in enumerate(giver.capacity)
            if most
        ]
        sizes = list(map(max, repeat(0.0, len(items)), repeat(0.0), *columns))
        order = sorted(range(len(items)), key=sizes.__getitem__, reverse=True)
        costs = [0] * len(items) if cost is None else [cost(item.id) for item in items]
        if cost is not None:
            order.sort(key=costs.__getitem__)
        for place in order:
            if items[place].id not in gone and self._can_spare(giver, items[place]):
                yield costs[place], -sizes[place], items[place]

    def _can_spare(self, giver: Bin, item: Item) -> bool:
        rest = [held - part for held, part in zip(giver.load, item.weight, strict=True)]
        return level(rest, giver.capacity) >= self._low

    def _taker(self, item: Item) -> Bin | None:
        """The emptiest that takes it; no longer among those that wait."""
        aside: list[tuple[int, int]] = []
        found: Bin | None = None
        while self._takers and found is None:
            rank = heapq.heappop(self._takers)
            one = self._bins[rank[1]]
            if (
                fits(one.load, item.weight, self._limits[one.number])
                and (one.room is None or all(p <= r for p, r in zip(item.weight, one.room, strict=True)))
                and (self._may_take is None or self._may_take(item.id, one.number))
            ):
                found = one
            else:
                aside.append(rank)
        for rank in aside:
            heapq.heappush(self._takers, rank)
        return found
