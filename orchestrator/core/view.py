"""One kind as the store holds it, with an index of its ids and the load of its shards.

Planners read a view; only ``apply`` changes it, and only the engine calls that, after a commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from orchestrator.core.model import ONE, Chunk, KindState, Shard, Vector
from orchestrator.core.papers import Paper
from orchestrator.core.plan import ShardChange, Transaction


class Place(NamedTuple):
    """Where an id stands, owned or releasing. One object a chunk, shared by its ids."""

    shard: int
    chunk: int


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
        return all(
            used + leaving + reserved + w <= c
            for used, leaving, reserved, w, c in zip(
                self.used, self.leaving, self.reserved, padded(weight, len(self.used)), capacity, strict=False
            )
        )

    def score(self, capacity: Vector) -> float:
        """How full the shard will be in its fullest dimension, as a share of its capacity."""
        return max(
            (used + reserved) / c if c else float("inf")
            for used, reserved, c in zip(self.used, self.reserved, capacity, strict=False)
        )


@dataclass(slots=True)
class View:
    """The state, the shards by number, the index of all ids, and the load of each shard.

    ``weights`` names only the ids whose weight is not one. ``duplicates`` holds the places of ids
    that stand in more than one (which only a hand can have made), the indexed one left out; a place
    that lets go of the id is the indexed one, so that it goes first and the other stays.
    """

    state: KindState
    shards: dict[int, Shard]
    dimensions: int = 1
    weights: dict[str, Vector] = field(default_factory=dict)
    index: dict[str, Place] = field(default_factory=dict)
    loads: dict[int, Load] = field(default_factory=dict)
    duplicates: dict[str, list[Place]] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    _places: dict[Place, Place] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        state: KindState,
        shards: Mapping[int, Shard],
        *,
        dimensions: int = 1,
        weights: Mapping[str, Vector] | None = None,
        papers: Mapping[str, Paper] | None = None,
    ) -> View:
        view = cls(
            state=state,
            shards={},
            dimensions=dimensions,
            weights=dict(weights or {}),
            papers=dict(papers or {}),
        )
        for number in sorted(shards):
            view.put(ShardChange(before=None, after=shards[number]))
        return view

    def weight(self, resource_id: str) -> Vector:
        return self.weights.get(resource_id, ONE)

    def load(self, number: int) -> Load:
        load = self.loads.get(number)
        if load is None:
            load = self.loads[number] = Load.empty(self.dimensions)
        return load

    def count(self) -> int:
        """How many ids stand somewhere, owned or releasing."""
        return len(self.index)

    def apply(self, transaction: Transaction) -> None:
        """Take over a committed transaction. Requires: it was planned on this view."""
        self.state = transaction.after
        for paper in transaction.papers:
            if paper.after is None:
                self.papers.pop(paper.name, None)
            else:
                self.papers[paper.name] = paper.after
        for change in transaction.changes:
            self._forget(change)
        for change in transaction.changes:
            self._learn(change)

    def put(self, change: ShardChange) -> None:
        """Take over one shard, as at a load."""
        self._forget(change)
        self._learn(change)

    def weigh(self, weights: Mapping[str, Vector]) -> None:
        """Take over weights as the catalog gives them; loads follow."""
        for resource_id, weight in weights.items():
            old = self.weight(resource_id)
            if old == weight:
                continue
            if weight == ONE:
                self.weights.pop(resource_id, None)
            else:
                self.weights[resource_id] = weight
            place = self.index.get(resource_id)
            if place is not None:
                self._reweigh(resource_id, self.shards[place.shard].chunks[place.chunk], place, old)

    def _reweigh(self, resource_id: str, chunk: Chunk, place: Place, old: Vector) -> None:
        new = self.weight(resource_id)
        load = self.load(place.shard)
        targets = [load.used]
        for entry in chunk.releasing:
            if resource_id in entry.ids:
                targets = [load.leaving]
                if entry.to is not None:
                    targets.append(self.load(entry.to).reserved)
        for target in targets:
            add(target, old, -1)
            add(target, new, 1)

    def _forget(self, change: ShardChange) -> None:
        if change.before is None:
            return
        for number, chunk in touched_chunks(change.before, change.after):
            self._account(change.before.number, chunk, -1)
            place = Place(change.before.number, number)
            for resource_id in chunk.all_ids():
                if self.duplicates and resource_id in self.duplicates:
                    self._forget_double(resource_id, place)
                else:
                    self.index.pop(resource_id, None)

    def _forget_double(self, resource_id: str, place: Place) -> None:
        others = self.duplicates[resource_id]
        if place in others:
            others.remove(place)
        elif self.index[resource_id] == place:
            self.index[resource_id] = others.pop(0)
        if not others:
            del self.duplicates[resource_id]

    def _learn(self, change: ShardChange) -> None:
        if change.after is None:
            assert change.before is not None
            self.shards.pop(change.before.number, None)
            return
        shard = change.after
        self.shards[shard.number] = shard
        self.load(shard.number)
        for number, chunk in touched_chunks(shard, change.before):
            self._account(shard.number, chunk, 1)
            place = Place(shard.number, number)
            place = self._places.setdefault(place, place)
            if self.index.keys().isdisjoint(chunk.ids):
                # Nearly always, and twice as fast as one by one.
                self.index.update(dict.fromkeys(chunk.ids, place))
            else:
                self._learn_known(chunk, place)
            for entry in chunk.releasing:
                for resource_id in entry.ids:
                    known = self.index.setdefault(resource_id, place)
                    if known is not place:
                        self.index[resource_id] = place
                        self.duplicates.setdefault(resource_id, []).append(known)

    def _learn_known(self, chunk: Chunk, place: Place) -> None:
        """Some of the chunk's ids stand elsewhere, too."""
        for resource_id in chunk.ids:
            known = self.index.setdefault(resource_id, place)
            if known is not place:
                self.duplicates.setdefault(resource_id, []).append(place)

    def _account(self, shard: int, chunk: Chunk, sign: int) -> None:
        load = self.load(shard)
        self._sum(load.used, chunk.ids, sign)
        for entry in chunk.releasing:
            self._sum(load.leaving, entry.ids, sign)
            if entry.to is not None:
                self._sum(self.load(entry.to).reserved, entry.ids, sign)

    def _sum(self, totals: list[int], ids: Iterable[str], sign: int) -> None:
        if not self.weights:
            count = sum(1 for _ in ids) if not isinstance(ids, tuple) else len(ids)
            totals[0] += sign * count
            for dimension in range(1, self.dimensions):
                totals[dimension] += sign * count
            return
        for resource_id in ids:
            add(totals, self.weight(resource_id), sign)


def add(totals: list[int], weight: Vector, sign: int) -> None:
    """Add a weight to totals; a dimension of which the weight says nothing counts one."""
    for dimension, part in enumerate(padded(weight, len(totals))):
        totals[dimension] += sign * part


def padded(weight: Vector, dimensions: int) -> Vector:
    """The weight in every dimension: one where it says nothing."""
    return weight[:dimensions] + (1,) * (dimensions - len(weight))


def touched_chunks(shard: Shard, other: Shard | None) -> Iterable[tuple[int, Chunk]]:
    """The chunks of ``shard`` that ``other`` does not hold alike, with their numbers."""
    others = other.chunks if other is not None else ()
    for number, chunk in enumerate(shard.chunks):
        if number >= len(others) or others[number] is not chunk:
            yield number, chunk
