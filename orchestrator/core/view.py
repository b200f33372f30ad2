"""One kind as the store holds it, with an index of its ids and the load of its shards.

Planners read a view; only ``apply`` changes it, and only the engine calls that, after a commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat

from orchestrator.core.decisions import ShardChange, Transaction
from orchestrator.core.groups import Groups
from orchestrator.core.model import Chunk, KindState, Releasing, Shard, Vector
from orchestrator.core.papers import Paper
from orchestrator.core.standing import Place, Standing
from orchestrator.core.traits import Labels


@dataclass(slots=True)
class View(Standing):
    """The state, the papers, and where each id stands. A change goes through ``apply`` or ``put``."""

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
        labels: Mapping[str, Labels] | None = None,
        watched: Iterable[str] = (),
        papers: Mapping[str, Paper] | None = None,
    ) -> View:
        view = cls(
            state=state,
            shards={},
            dimensions=dimensions,
            weights=dict(weights or {}),
            labels=dict(labels or {}),
            groups=Groups(watched),
            papers=dict(papers or {}),
        )
        for number in sorted(shards):
            view.put(ShardChange(before=None, after=shards[number]))
        return view

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
        # an id in two places: which of them is the indexed one depends on the others of its chunk
        whole = bool(self.duplicates)
        for change in transaction.changes:
            self._forget(change, whole)
        for change in transaction.changes:
            self._learn(change, whole)
        if self.weights or self.labels:
            self._forget_traits(transaction.changes)
        self._rank()

    def put(self, change: ShardChange) -> None:
        """Take over one shard, as at a load."""
        self._forget(change, whole=True)
        self._learn(change, whole=True)
        self._rank()

    def _forget(self, change: ShardChange, whole: bool) -> None:
        """``whole``: all of the chunks that changed, else only what is gone from them."""
        if change.before is None:
            return
        for number, chunk in _parts(change.before, change.after, whole):
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

    def _learn(self, change: ShardChange, whole: bool) -> None:
        """``whole``: all of the chunks that changed, else only what is new in them."""
        if change.after is None:
            assert change.before is not None
            self.shards.pop(change.before.number, None)
            self._stirred.add(change.before.number)
            return
        shard = change.after
        self._stirred.add(shard.number)
        self.shards[shard.number] = shard
        self.load(shard.number)
        for number, chunk in _parts(shard, change.before, whole):
            self._account(shard.number, chunk, 1)
            place = Place(shard.number, number)
            place = self._places.setdefault(place, place)
            # One look at the index for each id: with 500,000 in it, each look waits for the memory.
            known = list(map(self.index.setdefault, chunk.ids, repeat(place)))
            if known.count(place) < len(known):
                self._learn_known(chunk.ids, known, place)
            for entry in chunk.releasing:
                for resource_id in entry.ids:
                    indexed = self.index.setdefault(resource_id, place)
                    if indexed is not place:
                        self.index[resource_id] = place
                        self.duplicates.setdefault(resource_id, []).append(indexed)

    def _learn_known(self, ids: Iterable[str], indexed: Iterable[Place], place: Place) -> None:
        """Some of these ids, which stand at ``place``, stand elsewhere, too. ``indexed``: where the index
        has each of them."""
        for resource_id, known in zip(ids, indexed, strict=True):
            if known is not place:
                self.duplicates.setdefault(resource_id, []).append(place)

    def _forget_traits(self, changes: Iterable[ShardChange]) -> None:
        """Of ids that were deleted, and stand nowhere any more, nothing is known."""
        for change in changes:
            if change.before is None:
                continue
            for entry in touched_entries(change.before, change.after):
                for resource_id in entry.ids if entry.to is None else ():
                    if resource_id not in self.index:
                        self.weights.pop(resource_id, None)
                        self.labels.pop(resource_id, None)


def touched_chunks(shard: Shard, other: Shard | None) -> Iterable[tuple[int, Chunk]]:
    """The chunks of ``shard`` that ``other`` does not hold alike, with their numbers."""
    others = other.chunks if other is not None else ()
    for number, chunk in enumerate(shard.chunks):
        if number >= len(others) or others[number] is not chunk:
            yield number, chunk


def touched_entries(shard: Shard, other: Shard | None) -> Iterable[Releasing]:
    """The releasing entries in those chunks of ``shard`` that ``other`` does not hold alike."""
    for _, chunk in touched_chunks(shard, other):
        yield from chunk.releasing


def _parts(shard: Shard, other: Shard | None, whole: bool) -> Iterable[tuple[int, Chunk]]:
    """The chunks that ``other`` does not hold alike; not ``whole``: what of them it does not hold."""
    if whole or other is None:
        yield from touched_chunks(shard, other)
        return
    for number, chunk in touched_chunks(shard, other):
        yield number, chunk if number >= len(other.chunks) else without(chunk, other.chunks[number])


def without(chunk: Chunk, other: Chunk) -> Chunk:
    """What stands in the chunk and not, or not in the same way, in the other version of it."""
    kept = other.releasing
    releasing = tuple(entry for entry in chunk.releasing if entry not in kept)
    ids, known = chunk.ids, other.ids
    # nearly always one of them continues the other
    if len(ids) <= len(known) and known[: len(ids)] == ids:
        return Chunk(releasing=releasing)
    if ids[: len(known)] == known:
        return Chunk(ids=ids[len(known) :], releasing=releasing)
    there = frozenset(known)
    return Chunk(ids=tuple(i for i in ids if i not in there), releasing=releasing)
