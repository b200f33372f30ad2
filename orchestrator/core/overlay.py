"""A view with changes on top: reads see the changes, the view beneath is never touched."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, repeat

from orchestrator.core.groups import Groups, Held, together
from orchestrator.core.load import Load, add, add_all
from orchestrator.core.model import ONE, Chunk, KindState, Protocol, Shard, Vector
from orchestrator.core.papers import Paper
from orchestrator.core.policy import KindPolicy
from orchestrator.core.ranking import Ranking
from orchestrator.core.standing import Place
from orchestrator.core.traits import Labels, Traits
from orchestrator.core.view import View


class Overlay:
    """One kind as it will be."""

    def __init__(self, view: View, policy: KindPolicy) -> None:
        self.policy = policy
        self.state: KindState = view.state
        self._view = view
        self._shards: dict[int, Shard | None] = {}
        self._papers: dict[str, Paper | None] = {}
        self._loads: dict[int, Load] = {}
        watched = policy.rules.watched
        if view.groups.watched != watched:
            view.watch(watched)
        self._groups = Groups(watched)
        self._places: dict[str, Place | None] = {}
        self._repaired: set[str] = set()
        # not yet in _places: a plan that places hundreds of thousands of ids seldom asks for one of them
        self._moved: deque[tuple[Sequence[str], Place | None]] = deque()
        self._numbers: list[int] | None = None

    def shard(self, number: int) -> Shard | None:
        return self._shards[number] if number in self._shards else self._view.shards.get(number)

    def paper(self, name: str) -> Paper | None:
        return self._papers[name] if name in self._papers else self._view.papers.get(name)

    def papers(self) -> dict[str, Paper]:
        """All papers of the kind, by name."""
        merged = self._view.papers | self._papers
        return {name: paper for name, paper in merged.items() if paper is not None}

    def numbers(self) -> list[int]:
        """The numbers of all shards, ascending."""
        if self._numbers is None:
            gone = {n for n, shard in self._shards.items() if shard is None}
            self._numbers = sorted((self._view.shards.keys() | self._shards.keys()) - gone)
        return self._numbers

    def shards(self) -> Iterator[Shard]:
        changed, beneath = self._shards, self._view.shards
        for number in self.numbers():
            shard = changed[number] if number in changed else beneath[number]
            assert shard is not None
            yield shard

    def existing(self, number: int) -> Shard:
        """Requires: the shard is there."""
        shard = self.shard(number)
        if shard is None:
            raise KeyError(f"{self.state.kind} has no shard {number}")
        return shard

    def active(self) -> list[Shard]:
        return [shard for shard in self.shards() if shard.is_active]

    def load(self, number: int) -> Load:
        """The load of a shard; for reading only."""
        own = self._loads.get(number)
        return self._view.load(number) if own is None else own

    def place_of(self, resource_id: str) -> Place | None:
        while self._moved:
            ids, place = self._moved.popleft()
            self._places.update(dict.fromkeys(ids, place))
        if resource_id in self._places:
            return self._places[resource_id]
        return self._view.index.get(resource_id)

    def is_owned(self, resource_id: str) -> bool:
        """Whether the id stands in the ``ids`` of a shard (not: releasing)."""
        place = self.place_of(resource_id)
        return place is not None and resource_id in self.existing(place.shard).chunks[place.chunk].ids

    def standing_of(self, resource_id: str) -> tuple[int, ...]:
        """The shard on which the id stands, and the one that it is on its way to."""
        place = self.place_of(resource_id)
        if place is None:
            return ()
        chunk = self.existing(place.shard).chunks[place.chunk]
        for entry in chunk.releasing:
            if entry.to is not None and resource_id in entry.ids:
                return (place.shard, entry.to)
        return (place.shard,)

    def held(self, name: str, value: str) -> Held:
        """How many ids whose label has this value each shard holds, or is promised."""
        return together(self._view.groups.held(name, value), self._groups.held(name, value))

    def touched(self) -> set[int]:
        """The numbers of the shards that differ from those beneath."""
        return self._loads.keys() | self._shards.keys()

    @property
    def ranking(self) -> Ranking:
        """Of the shards beneath, as they are without the changes."""
        return self._view.ranking

    def dimension_name(self, dimension: int) -> str:
        names = ("count", *self.policy.dimensions)
        return names[dimension] if dimension < len(names) else f"dimension {dimension}"

    def weight(self, resource_id: str) -> Vector:
        return self._view.weight(resource_id)

    def weights(self, ids: Iterable[str]) -> list[Vector]:
        """The weight of each of many ids."""
        return list(map(self._view.weights.get, ids, repeat(ONE)))

    def labels(self, resource_id: str) -> Labels:
        return self._view.labels.get(resource_id, ())

    def learn(self, traits: Mapping[str, Traits]) -> None:
        """Take over what the catalog says of ids that are about to be placed (facts, not decisions)."""
        self._view.learn(traits)

    @property
    def is_uniform(self) -> bool:
        """Whether every id weighs one and there is one dimension."""
        return self._view.dimensions == 1 and not self._view.weights

    @property
    def dimensions(self) -> int:
        return self._view.dimensions

    @property
    def has_doubled(self) -> bool:
        """Whether any id stands in two places."""
        return bool(self._view.duplicates)

    def is_doubled(self, resource_id: str) -> bool:
        """Whether the id stands in two places; once it has lost one here, the rest is for the next plan."""
        return resource_id in self._view.duplicates and resource_id not in self._repaired

    def moving(self) -> int:
        """How many ids are on their way to a shard, one that is gone since included."""
        numbers = self._view.loads.keys() | self._loads.keys()
        return sum(self.load(number).reserved[0] for number in numbers)

    def total(self) -> int:
        """How many ids stood somewhere when the draft began."""
        return self._view.count()

    # --- for those that change it ---

    def _chunk_limit(self) -> int:
        return self.policy.chunk_size if self.policy.protocol is Protocol.V1 else 1 << 30

    def _chunk(self, number: int, chunk_number: int) -> Chunk:
        chunks = self.existing(number).chunks
        return chunks[chunk_number] if chunk_number < len(chunks) else Chunk()

    def _chunks_with_room(self, number: int) -> Iterator[int]:
        """Numbers of chunks to fill one after another: the fullest with room first, then new ones."""
        limit = self._chunk_limit()
        chunks = self.existing(number).chunks
        sizes = ((chunk.size, chunk_number) for chunk_number, chunk in enumerate(chunks))
        roomy = sorted((-size, chunk_number) for size, chunk_number in sizes if size < limit)
        yield from (chunk_number for _, chunk_number in roomy)
        yield from count(len(chunks))

    def _by_chunk(self, number: int, ids: Iterable[str]) -> dict[int, list[str]]:
        grouped: dict[int, list[str]] = {}
        for resource_id in ids:
            place = self.place_of(resource_id)
            if place is None or place.shard != number:
                raise ValueError(f"{resource_id!r} does not stand on shard {number}")
            grouped.setdefault(place.chunk, []).append(resource_id)
        return grouped

    def _move(self, ids: Sequence[str], place: Place) -> None:
        self._moved.append((ids, place))

    def _forget(self, ids: Iterable[str]) -> None:
        """The ids stand there no more; one that stood in two places still stands in the other."""
        for resource_id in ids:
            others = self._view.duplicates.get(resource_id)
            if others:
                self._repaired.add(resource_id)
            self._moved.append(((resource_id,), others[0] if others else None))

    def _own_load(self, number: int) -> Load:
        if number not in self._loads:
            self._loads[number] = self._view.load(number).copy()
        return self._loads[number]

    def _book(self, number: int, ids: Sequence[str], *, used: int = 0, leaving: int = 0) -> None:
        load = self._own_load(number)
        if used:
            self._sum(load.used, ids, used)
        if leaving:
            self._sum(load.leaving, ids, leaving)
        if used + leaving:
            self._group(number, ids, used + leaving)

    def _reserve(self, to: int | None, ids: Sequence[str], sign: int) -> None:
        if to is not None and ids:
            self._sum(self._own_load(to).reserved, ids, sign)
            self._group(to, ids, sign)

    def _group(self, number: int, ids: Sequence[str], sign: int) -> None:
        if self._groups.watched and self._view.labels:
            for resource_id in ids:
                self._groups.count(self.labels(resource_id), number, sign)

    def _sum(self, totals: list[int], ids: Sequence[str], sign: int) -> None:
        if not self._view.weights:
            for dimension in range(len(totals)):
                totals[dimension] += sign * len(ids)
            return
        if len(ids) == 1:
            add(totals, self.weight(ids[0]), sign)
        else:
            add_all(totals, self.weights(ids), sign)
