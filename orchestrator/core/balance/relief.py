"""Taking what is above a bound to where there is room below it, the hottest shard first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import ge

from orchestrator.core.balance.levels import Bin, Item, fits
from orchestrator.core.balance.shed import shed
from orchestrator.core.balance.way import Way, ways
from orchestrator.core.decisions import Move
from orchestrator.core.model import Vector

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

WAYS, SEEN, ALL_SEEN = 8, 10_000, 200_000
"""Shards of which it is asked what would have to leave them for an item, the emptiest first: at least so
many, and more as long as they hold so many resources, for one item and for all.
"""


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
        self._hopeless: list[Vector] = []
        self.moved: dict[str, Item] = {}
        self._gave: set[int] = set()
        self._seen = 0

    def run(self) -> Relief:
        self._takers = [(one.level, n) for n, one in self.bins.items() if one.is_staying and one.is_open]
        heapq.heapify(self._takers)
        self._empty([one for one in self.bins.values() if not one.is_staying and any(one.load)])
        givers = [one for one in self.bins.values() if one.is_staying and any(one.excess(self.bound))]
        givers.sort(key=lambda one: (-one.level, one.number))
        for one in givers:
            if self._left <= 0:
                break
            self._relieve(one)
        return self

    def _empty(self, draining: Iterable[Bin]) -> None:
        """The heaviest of all that leaves first: as long as there is room for it."""
        leaving = [(item, one) for one in draining for item in self._contents(one.number)]
        leaving.sort(key=lambda pair: pair[0].id)
        leaving.sort(key=lambda pair: pair[0].weight, reverse=True)
        for item, one in leaving:
            if self._left <= 0:
                return
            target = self._find(item, one.number) or self._make_way(item, one)
            if target is None and not self._is_patient:
                target = self._find(item, one.number, beyond=True)
            if target is not None and self._left > 0:
                self._move(item, one, target)

    def _make_way(self, item: Item, source: Bin) -> Bin | None:
        """The shard that takes the item once lighter ones have left it, which they do here; else None."""
        weight = item.weight
        if any(all(map(ge, weight, one)) for one in self._hopeless):
            return None
        nearest = self._nearest()
        if any(fits(one.load, weight, self._limits[one.number]) for one in nearest if one is not source):
            # there is room as soon as what leaves has left
            return None
        allowed = [one for one in nearest if self._may_take is None or self._may_take(item.id, one.number)]
        for way in ways(item, allowed, nearest, self._limits, self._staying):
            if self._clear(way):
                return way.bin if way.bin.room is None or fits_in(way.bin.room, weight) else None
        if self._may_take is None and len(self._hopeless) < MISFITS:
            self._hopeless.append(weight)
        return None

    def _nearest(self) -> list[Bin]:
        found: list[Bin] = []
        seen = 0
        for _, number in sorted(self._takers):
            one = self.bins[number]
            seen += one.load[0]
            if len(found) >= WAYS and (seen > SEEN or self._seen + seen > ALL_SEEN):
                break
            found.append(one)
        self._seen += seen
        return found

    def _staying(self, number: int) -> Sequence[Item]:
        """What the shard holds of its own that has not been moved."""
        held = self._contents(number)
        if number not in self._gave:
            return held
        moved = self.moved
        return [item for item in held if item.id not in moved]

    def _clear(self, way: Way) -> bool:
        """Move away what is in the way; nothing where not all of it finds a place."""
        before = len(self.moves), self._left
        for item in way.items:
            if self._left <= 0:
                return True
            target = self._find(item, way.bin.number)
            if target is None:
                self._take_back(way, before)
                return False
            self._move(item, way.bin, target)
        return True

    def _take_back(self, way: Way, before: tuple[int, int]) -> None:
        count, self._left = before
        for item, move in zip(way.items, self.moves[count:], strict=False):
            shift(item, self.bins[move.target], way.bin)
            del self.moved[item.id]
        del self.moves[count:]

    def _relieve(self, one: Bin) -> None:
        for tier in self._tiers(self._staying(one.number)):
            rest = tier
            gone: set[str] = set()
            while self._left > 0 and any(excess := one.excess(self.bound)):
                # what found no place is out; lighter ones may find some
                rest = [item for item in rest if item.id not in gone] if gone else rest
                chosen = shed(rest, excess)
                if not chosen:
                    break
                self._place_all(one, chosen)
                gone = {item.id for item in chosen}

    def _tiers(self, items: Sequence[Item]) -> Iterable[Sequence[Item]]:
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
            if target is not None:
                self._move(item, one, target)

    def _find(self, item: Item, source: int, *, beyond: bool = False) -> Bin | None:
        """The emptiest shard that stays within its limit with the item."""
        weight = item.weight
        if self._misfits and not beyond and any(all(map(ge, weight, one)) for one in self._misfits):
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
                and fits(one.load, weight, limit)
                and (one.room is None or fits_in(one.room, weight))
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

    def _move(self, item: Item, source: Bin, target: Bin) -> None:
        shift(item, source, target)
        self._gave.add(source.number)
        heapq.heappush(self._takers, (target.level, target.number))
        self.moves.append(Move(item.id, source.number, target.number))
        self.moved[item.id] = item
        self._left -= 1


def fits_in(room: Sequence[int], weight: Vector) -> bool:
    return all(map(ge, room, weight))


def shift(item: Item, source: Bin, target: Bin) -> None:
    """Account for the item on its way from one to the other."""
    for dimension, part in enumerate(item.weight):
        source.load[dimension] -= part
        target.load[dimension] += part
        if target.room is not None:
            target.room[dimension] -= part
