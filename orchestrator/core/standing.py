"""What weighs on each shard of a kind, what is known of its ids, and which shard is the least full.

All of it is kept step by step: an event costs what it touches, not the size of the kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

from orchestrator.core.groups import Groups
from orchestrator.core.load import Load, add, add_all
from orchestrator.core.model import ONE, Chunk, KindState, Releasing, Shard, Vector
from orchestrator.core.ranking import Ranking
from orchestrator.core.traits import Labels, Traits


class Place(NamedTuple):
    """Where an id stands, owned or releasing. One object a chunk, shared by its ids."""

    shard: int
    chunk: int


@dataclass(slots=True)
class Standing:
    """The shards by number, the index of all ids, and the load of each shard.

    ``weights`` names only the ids whose weight is not one, ``labels`` only those that have some; ``groups``
    is who holds which of them, for the labels that ``watch`` named. ``ranking``: the active shards, the
    least full first. ``duplicates`` holds the places of ids that stand in more than one (which only a hand
    can have made), the indexed one left out; a place that lets go of the id is the indexed one, so that it
    goes first and the other stays.
    """

    state: KindState
    shards: dict[int, Shard]
    dimensions: int = 1
    weights: dict[str, Vector] = field(default_factory=dict)
    labels: dict[str, Labels] = field(default_factory=dict)
    groups: Groups = field(default_factory=Groups)
    ranking: Ranking = field(default_factory=Ranking)
    index: dict[str, Place] = field(default_factory=dict)
    loads: dict[int, Load] = field(default_factory=dict)
    duplicates: dict[str, list[Place]] = field(default_factory=dict)
    _stirred: set[int] = field(default_factory=set)

    def weight(self, resource_id: str) -> Vector:
        return self.weights.get(resource_id, ONE)

    def load(self, number: int) -> Load:
        load = self.loads.get(number)
        if load is None:
            load = self.loads[number] = Load.empty(self.dimensions)
        return load

    def watch(self, labels: Iterable[str]) -> None:
        """Keep groups of exactly these labels from now on."""
        self.groups = Groups(labels)
        for resource_id, its in self.labels.items():
            for shard in self._shards_of(resource_id):
                self.groups.count(its, shard, 1)

    def weigh(self, weights: Mapping[str, Vector]) -> None:
        """Take over weights as the catalog gives them; loads follow, labels stay."""
        for resource_id, weight in weights.items():
            self.tell(resource_id, weight, self.labels.get(resource_id, ()))
        self._rank()

    def learn(self, traits: Mapping[str, Traits]) -> None:
        """Take over what the catalog says of these ids; loads and groups follow."""
        for resource_id, said in traits.items():
            self.tell(resource_id, said.weight, said.labels)
        self._rank()

    def tell(self, resource_id: str, weight: Vector, labels: Labels) -> None:
        """Take over what the catalog says of one id. Afterwards: ``weigh`` or ``learn``, if only nothing."""
        old = self.weights.get(resource_id, ONE)
        if old != weight:
            if weight == ONE:
                del self.weights[resource_id]
            else:
                self.weights[resource_id] = weight
            self._reweigh(resource_id, old, weight)
        known = self.labels.get(resource_id, ())
        if known != labels:
            if labels:
                self.labels[resource_id] = labels
            else:
                del self.labels[resource_id]
            for shard in self._shards_of(resource_id) if self.groups.watched else ():
                self.groups.count(known, shard, -1)
                self.groups.count(labels, shard, 1)

    def _places_of(self, resource_id: str) -> Iterator[tuple[Place, Releasing | None]]:
        """Where the id stands, and the entry by which it leaves from there."""
        place = self.index.get(resource_id)
        if place is None:
            return
        for one in (place, *self.duplicates.get(resource_id, ())):
            entries = self.shards[one.shard].chunks[one.chunk].releasing
            yield one, next((entry for entry in entries if resource_id in entry.ids), None)

    def _shards_of(self, resource_id: str) -> Iterator[int]:
        """The shards that hold the id, and those that it is on its way to."""
        for place, entry in self._places_of(resource_id):
            yield place.shard
            if entry is not None and entry.to is not None:
                yield entry.to

    def _reweigh(self, resource_id: str, old: Vector, new: Vector) -> None:
        for place, entry in self._places_of(resource_id):
            load = self.load(place.shard)
            targets = [load.used if entry is None else load.leaving]
            self._stirred.add(place.shard)
            if entry is not None and entry.to is not None:
                targets.append(self.load(entry.to).reserved)
                self._stirred.add(entry.to)
            for target in targets:
                add(target, old, -1)
                add(target, new, 1)

    def _rank(self) -> None:
        while self._stirred:
            number = self._stirred.pop()
            shard = self.shards.get(number)
            if shard is None:
                self.ranking.drop(number)
            else:
                self.ranking.put(shard, self.load(number))

    def _account(self, shard: int, chunk: Chunk, sign: int) -> None:
        load = self.load(shard)
        self._sum(load.used, chunk.ids, sign)
        for entry in chunk.releasing:
            self._sum(load.leaving, entry.ids, sign)
            if entry.to is not None:
                self._sum(self.load(entry.to).reserved, entry.ids, sign)
                self._stirred.add(entry.to)
        if self.labels and self.groups.watched:
            self._group(shard, chunk.ids, sign)
            for entry in chunk.releasing:
                self._group(shard, entry.ids, sign)
                if entry.to is not None:
                    self._group(entry.to, entry.ids, sign)

    def _group(self, shard: int, ids: Iterable[str], sign: int) -> None:
        for resource_id in ids:
            if its := self.labels.get(resource_id):
                self.groups.count(its, shard, sign)

    def _sum(self, totals: list[int], ids: Iterable[str], sign: int) -> None:
        if not self.weights:
            count = sum(1 for _ in ids) if not isinstance(ids, tuple) else len(ids)
            totals[0] += sign * count
            for dimension in range(1, self.dimensions):
                totals[dimension] += sign * count
            return
        add_all(totals, list(map(self.weights.get, ids, repeat(ONE))), sign)
