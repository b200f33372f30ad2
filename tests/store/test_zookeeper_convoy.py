"""Transactions that are given to a real ZooKeeper before the ones before them are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from orchestrator.core.decisions import Ambiguous, Committed, Conflict, Decision, Reason, Transaction
from orchestrator.core.model import Shard
from orchestrator.ports import Loaded, Office
from orchestrator.store.zookeeper import FEW_IDS
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.services.proxy import Proxy
from tests.services.zookeeper import shared
from tests.services.zookeeper_stores import MULTI, Stores, fenced, is_request, opening

COUNT = 12


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


def chain(before: Loaded) -> list[Transaction]:
    """Each goes on from what the one before leaves; every other one is encoded on a thread."""
    made: list[Transaction] = []
    state = before.state
    for number in range(COUNT):
        shard: Shard = before.shards[number]
        ids = [f"{number}-{i}" for i in range(100 if number % 2 else 1)]
        one = step(state, changed(shard, with_ids(shard, 0, *ids)), op=f"op-{number}")
        count = FEW_IDS + 1 if number % 2 else 1
        said = Decision(verb="assign", reason=Reason.ORCHESTRATED, shard=number, count=count)
        made.append(
            Transaction(op=one.op, before=one.before, after=one.after, changes=one.changes, decisions=(said,))
        )
        state = one.after
    return made


def some_shards() -> list[Shard]:
    return [new_shard(number, []) for number in range(COUNT)]


async def test_transactions_given_at_once_are_carried_out_in_the_order_in_which_they_were_given(
    stores: Stores,
) -> None:
    store = await stores.open(shared())
    office = await lead(store)
    before = await put(store, office, step(None, *(changed(None, shard) for shard in some_shards())))
    made = chain(before)
    assert await asyncio.gather(*(store.commit(one, office) for one in made)) == [Committed()] * COUNT
    assert (await there(store)).state == made[-1].after


async def test_those_behind_one_that_was_not_carried_out_are_refused(stores: Stores) -> None:
    store = await stores.open(shared())
    office = await lead(store)
    before = await put(store, office, step(None, *(changed(None, shard) for shard in some_shards())))
    made = chain(before)
    answers = await asyncio.gather(*(store.commit(one, office) for one in made[1:]))
    assert all(isinstance(answer, Conflict) for answer in answers)
    assert await there(store) == before


async def test_a_fence_settles_all_that_were_under_way(stores: Stores) -> None:
    proxy = await Proxy.to(shared())
    try:
        store = await stores.open(proxy.address, session_timeout_s=4)
        office = await lead(store)
        before = await put(store, office, step(None, *(changed(None, shard) for shard in some_shards())))
        made = chain(before)
        proxy.swallow_reply(is_request(MULTI))
        given = (store.commit(one, office) for one in made[:4])
        answers = await asyncio.gather(*given, return_exceptions=True)
        assert isinstance(answers[0], Ambiguous)
        renewed = await fenced(store, office, 5)
        assert isinstance(renewed, Office)
        settled = await there(store)
        done = [one.after for one in made[:4]].index(settled.state)
        assert not any(isinstance(answer, Committed) for answer in answers[done + 1 :])
        late = await asyncio.gather(*(store.commit(one, office) for one in made[done + 1 :]))
        assert not any(isinstance(answer, Committed) for answer in late), "the old office writes no more"
        assert await there(store) == settled
    finally:
        await proxy.close()
