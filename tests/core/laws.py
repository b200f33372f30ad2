"""What must hold of every transaction and of every view, whatever led there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from orchestrator.core.decisions import ShardChange, Transaction
from orchestrator.core.load import Load
from orchestrator.core.model import Chunk, Instance, Protocol, Shard
from orchestrator.core.policy import KindPolicy
from orchestrator.core.standing import Place
from orchestrator.core.view import View
from orchestrator.store.layout import Layout
from orchestrator.store.transaction import encode_transaction

STEPS = {
    (Instance.NONE, Instance.LIVE),
    (Instance.LIVE, Instance.STOPPING),
    (Instance.STOPPING, Instance.NONE),
}

Standing = tuple[int, str]
"""A shard and an id on it."""


def check_transaction(
    view: View, transaction: Transaction, policy: KindPolicy, free: Collection[Standing]
) -> None:
    """``view``: before the transaction; ``free``: what owners have provably let go of."""
    before, after = transaction.before, transaction.after
    assert before == view.state
    assert after.commit == before.commit + 1
    assert after.next_incarnation >= before.next_incarnation
    # refuses what does not fit, and versions that the store would not give
    encode_transaction(transaction, Layout(), policy.protocol, 7)
    for change in transaction.changes:
        assert view.shards.get(change.number) == change.before
        if change.before is None:
            assert change.after is not None
            assert change.after.generation == 0
        elif change.after is None:
            assert change.before.instance is Instance.NONE
        else:
            _check_growth(change.before, change.after, before.next_incarnation)
        _check_ids(change, free)


def _check_growth(before: Shard, after: Shard, next_incarnation: int) -> None:
    changed = ids_by_chunk(before) != ids_by_chunk(after)
    assert after.generation == before.generation + changed
    if after.instance is not before.instance:
        assert (before.instance, after.instance) in STEPS
    if after.instance is Instance.LIVE and before.instance is not Instance.LIVE:
        assert after.incarnation >= next_incarnation > before.incarnation
    else:
        assert after.incarnation == before.incarnation


def _check_ids(change: ShardChange, free: Collection[Standing]) -> None:
    if change.before is None:
        return
    after_chunks = change.after.chunks if change.after is not None else ()
    for number, chunk in enumerate(change.before.chunks):
        left = after_chunks[number] if number < len(after_chunks) else Chunk()
        entries = {i: entry for entry in left.releasing for i in entry.ids}
        for gone in set(chunk.ids) - set(left.ids):
            assert change.after is not None
            assert gone in entries, "an id leaves `ids` into `releasing` of its chunk only"
            assert entries[gone].generation == change.after.generation
        for entry in chunk.releasing:
            for resource_id in set(entry.ids) - entries.keys():
                assert (change.number, resource_id) in free, "only what is free leaves `releasing`"


def check_view(view: View, policy: KindPolicy, *, over: Mapping[int, list[int]]) -> None:
    """``over``: what weighed on each shard before, so that a lowered capacity is no fault."""
    places = Counter(i for shard in view.shards.values() for chunk in shard.chunks for i in chunk.all_ids())
    assert all(count == 1 for count in places.values()), "an id stands in one place at most"
    for resource_id, place in view.index.items():
        assert resource_id in set(view.shards[place.shard].chunks[place.chunk].all_ids())
    assert view.index.keys() == places.keys()
    check_rebuild(view)
    if policy.protocol is Protocol.V1:
        sizes = [chunk.size for shard in view.shards.values() for chunk in shard.chunks]
        assert max(sizes, default=0) <= policy.chunk_size
    else:
        assert all(len(shard.chunks) == 1 for shard in view.shards.values())
    for number, shard in view.shards.items():
        assert shard.used == len(set(shard.ids()))
        allowed = over.get(number, [0] * view.dimensions)
        for total, capacity, earlier in zip(weight_on(view, number), shard.capacity, allowed, strict=True):
            assert total <= max(capacity, earlier), f"shard {number} has {total}, holds {capacity}"
    active = sum(1 for shard in view.shards.values() if shard.is_active)
    assert active <= view.state.max_instances


def check_rebuild(view: View) -> None:
    """What the view has kept up step by step is what a load from the store would give."""
    fresh = View.of(
        view.state,
        view.shards,
        dimensions=view.dimensions,
        weights=view.weights,
        labels=view.labels,
        watched=view.groups.watched,
    )
    assert places(fresh) == places(view)
    assert fresh.ranking.order == view.ranking.order
    assert fresh.ranking.room == view.ranking.room
    assert fresh.ranking.capacities == view.ranking.capacities
    assert fresh.ranking.draining == view.ranking.draining
    for name in view.groups.watched:
        assert fresh.groups.values(name) == view.groups.values(name)
    for number in fresh.loads.keys() | view.loads.keys():
        assert fresh.load(number) == view.load(number)


def places(view: View) -> dict[str, set[Place]]:
    """Where each id stands. Which of two places is the indexed one depends on the order of events."""
    return {i: {place, *view.duplicates.get(i, ())} for i, place in view.index.items()}


def weight_on(view: View, number: int) -> list[int]:
    load: Load = view.load(number)
    return [sum(parts) for parts in zip(load.used, load.leaving, load.reserved, strict=True)]


def ids_by_chunk(shard: Shard) -> list[tuple[str, ...]]:
    ids = [chunk.ids for chunk in shard.chunks]
    while ids and not ids[-1]:
        ids.pop()
    return ids
