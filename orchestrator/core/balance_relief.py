"""Taking what is above a bound to where there is room below it, the hottest shard first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import ge

from orchestrator.core.balance import Bin, Item
from orchestrator.core.balance_shed import shed
from orchestrator.core.model import Vector
from orchestrator.core.plan import Move

Contents = Callable[[int], Sequence[Item]]
"""What a shard may give away, by its number."""

MayTake = Callable[[str, int], bool]
"""Whether the rules let the id stand on the shard of that number."""

Cost = Callable[[str], int]
"""What a move of the id costs: the cheaper ones go first."""

MISFITS = 16
"""Weights that found no place, kept to be known again."""

TRIES = 64
"""Shards that an item is tried on, the emptiest first, before it is left where it is."""


class Relief:
    """Moves towards one bound. ``bins`` follow each move; ``moves`` holds them in order.

    ``most``: how many at most; a draining shard gives beyond the bound, within what the others hold,
    unless ``is_patient``.
    """

    def __init__(
        self,
        bins: Iterable[Bin],
        bound: int,
        contents: Contents,
        may_take: MayTake | None = None,
        cost: Cost | None = None,
        *,
        most: int | None = None,
        is_patient: bool = False,
    ) -> None:
        self.bins = {one.number: one for one in bins}
        self.bound = bound
        self.moves: list[Move] = []
        self._limits = {number: one.limit(bound) for number, one in self.bins.items()}
        self._contents, self._may_take, self._cost = contents, may_take, cost
        self._left = (1 << 60) if most is None else most
        self._is_patient = is_patient
        self._takers: list[tuple[int, int]] = []
        self._misfits: list[Vector] = []

    def run(self) -> Relief:
        self._takers = [(one.level, n) for n, one in self.bins.items() if one.is_staying and one.is_open]
        heapq.heapify(self._takers)
        givers = [one for one in self.bins.values() if any(one.excess(self.bound))]
        givers.sort(key=lambda one: (one.is_staying, -one.level, one.number))
        for one in givers:
            if self._left <= 0:
                break
            self._relieve(one)
        return self

    def _relieve(self, one: Bin) -> None:
        candidates = list(self._contents(one.number))
        if not one.is_staying:
            candidates.sort(key=lambda item: (tuple(-part for part in item.weight), item.id))
            self._place_all(one, candidates)
            return
        for tier in self._tiers(candidates):
            rest = tier
            while rest and self._left > 0 and any(excess := one.excess(self.bound)):
                chosen = shed(rest, excess)
                if not chosen:
                    break
                self._place_all(one, chosen)
                # what found no place is out; lighter ones may find some
                gone = {item.id for item in chosen}
                rest = [item for item in rest if item.id not in gone]

    def _tiers(self, items: list[Item]) -> Iterable[list[Item]]:
        cost = self._cost
        if cost is None:
            return [items]
        by_cost = sorted(items, key=lambda item: cost(item.id))
        return [list(group) for _, group in groupby(by_cost, key=lambda item: cost(item.id))]

    def _place_all(self, one: Bin, items: Iterable[Item]) -> None:
        for item in items:
            if self._left <= 0:
                return
            target = self._find(item, one.number)
            if target is None and not one.is_staying and not self._is_patient:
                target = self._find(item, one.number, beyond=True)
            if target is not None:
                self._move(item, one, target)

    def _find(self, item: Item, source: int, *, beyond: bool = False) -> Bin | None:
        """The emptiest shard that stays within its limit with the item."""
        weight = item.weight
        if not beyond and any(all(map(ge, weight, one)) for one in self._misfits):
            return None
        tried: list[tuple[int, int]] = []
        found: Bin | None = None
        takers = self._takers
        tries = len(takers) if beyond else TRIES
        while takers and len(tried) < tries:
            entry = heapq.heappop(takers)
            tried.append(entry)
            number = entry[1]
            one = self.bins[number]
            limit: Vector = one.capacity if beyond else self._limits[number]
            if (
                number != source
                and self._fits(one, weight, limit)
                and (self._may_take is None or self._may_take(item.id, number))
            ):
                tried.pop()
                found = one
                break
        for entry in tried:
            heapq.heappush(takers, entry)
        if found is None and not beyond and self._may_take is None and len(self._misfits) < MISFITS:
            # shards only fill up: what is as heavy in each dimension finds no place either
            self._misfits.append(weight)
        return found

    @staticmethod
    def _fits(one: Bin, weight: Vector, limit: Vector) -> bool:
        for load, part, most in zip(one.load, weight, limit, strict=True):
            if load + part > most:
                return False
        if one.room is not None:
            for room, part in zip(one.room, weight, strict=True):
                if part > room:
                    return False
        return True

    def _move(self, item: Item, source: Bin, target: Bin) -> None:
        shift(item, source, target)
        heapq.heappush(self._takers, (target.level, target.number))
        self.moves.append(Move(item.id, source.number, target.number))
        self._left -= 1


def shift(item: Item, source: Bin, target: Bin) -> None:
    """Account for the item on its way from one to the other."""
    for dimension, part in enumerate(item.weight):
        source.load[dimension] -= part
        target.load[dimension] += part
        if target.room is not None:
            target.room[dimension] -= part
