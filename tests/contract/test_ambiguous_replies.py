"""A reply was lost: after a fence the transaction either has happened or never can."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Ambiguous, Committed, Deposed, Transaction
from orchestrator.errors import Unavailable
from orchestrator.ports import Loaded, Office
from tests.contract.arena import Arena
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.simulation.faulty_store import Fault, FaultyStore


async def prepared(arena: Arena) -> tuple[FaultyStore, Office, Loaded, Transaction]:
    """A store that can fail, its office, a kind in it, and a transaction that sets a to b."""
    store = FaultyStore(await arena.store())
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    shard = before.shards[0]
    return store, office, before, step(before.state, changed(shard, with_ids(shard, 0, "b")), op="doubtful")


async def test_nothing_is_written_when_the_store_was_unavailable(arena: Arena) -> None:
    store, office, before, transaction = await prepared(arena)
    store.inject("commit", Fault.UNAVAILABLE)
    with pytest.raises(Unavailable):
        await store.commit(transaction, office)
    assert await there(store) == before
    assert await store.commit(transaction, office) == Committed()


async def test_after_a_fence_a_load_shows_the_transaction_whose_reply_was_lost(arena: Arena) -> None:
    store, office, _, transaction = await prepared(arena)
    store.inject("commit", Fault.APPLIED)
    assert isinstance(await store.commit(transaction, office), Ambiguous)
    assert isinstance(await store.fence(office), Office)
    loaded = await there(store)
    assert loaded.state == transaction.after
    assert loaded.shards[0] == transaction.changes[0].after


async def test_after_a_fence_a_load_shows_that_a_lost_request_did_not_happen(arena: Arena) -> None:
    store, office, before, transaction = await prepared(arena)
    store.inject("commit", Fault.LOST)
    assert isinstance(await store.commit(transaction, office), Ambiguous)
    renewed = await store.fence(office)
    assert isinstance(renewed, Office)
    assert await there(store) == before
    assert await store.commit(transaction, renewed) == Committed()


async def test_a_late_original_can_never_be_applied_after_the_fence(arena: Arena) -> None:
    store, office, before, transaction = await prepared(arena)
    store.inject("commit", Fault.LATE)
    assert isinstance(await store.commit(transaction, office), Ambiguous)
    renewed = await store.fence(office)
    assert isinstance(renewed, Office)
    assert await there(store) == before
    await store.deliver()
    assert [type(answer) for answer in store.delivered] == [Deposed]
    assert await there(store) == before
    assert await store.commit(transaction, renewed) == Committed()


async def test_without_a_fence_a_late_original_would_be_applied(arena: Arena) -> None:
    store, office, before, transaction = await prepared(arena)
    store.inject("commit", Fault.LATE)
    await store.commit(transaction, office)
    assert await there(store) == before
    await store.deliver()
    assert store.delivered == [Committed()]
    assert await there(store) != before


async def test_a_late_original_cannot_be_applied_under_the_next_holder(arena: Arena) -> None:
    store, office, before, transaction = await prepared(arena)
    successor = await arena.store()
    store.inject("commit", Fault.LATE)
    await store.commit(transaction, office)
    await arena.unseat(store.inner)
    await lead(successor, "two")
    await store.deliver()
    assert [type(answer) for answer in store.delivered] == [Deposed]
    assert await there(successor) == before


@pytest.mark.parametrize("fault", [Fault.APPLIED, Fault.LOST, Fault.UNAVAILABLE])
async def test_a_fence_without_reply_is_repeated_until_it_is_certain(arena: Arena, fault: Fault) -> None:
    store, office, before, transaction = await prepared(arena)
    store.inject("commit", Fault.LATE)
    store.inject("fence", fault, fault)
    await store.commit(transaction, office)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await store.fence(office)
    renewed = await store.fence(office)
    assert isinstance(renewed, Office)
    await store.deliver()
    assert [type(answer) for answer in store.delivered] == [Deposed]
    assert await there(store) == before
    assert await store.commit(transaction, renewed) == Committed()


async def test_a_late_fence_does_not_undo_the_one_that_came_after_it(arena: Arena) -> None:
    store, office, _, transaction = await prepared(arena)
    store.inject("fence", Fault.LATE)
    with pytest.raises(Unavailable):
        await store.fence(office)
    renewed = await store.fence(office)
    assert isinstance(renewed, Office)
    await store.deliver()
    assert store.delivered == [renewed]
    assert await store.commit(transaction, renewed) == Committed()


async def test_a_fence_that_comes_too_late_says_who_took_the_office(arena: Arena) -> None:
    store, office, _, transaction = await prepared(arena)
    successor = await arena.store()
    store.inject("commit", Fault.LOST)
    await store.commit(transaction, office)
    await arena.unseat(store.inner)
    await lead(successor, "two")
    assert isinstance(await store.fence(office), Deposed)
