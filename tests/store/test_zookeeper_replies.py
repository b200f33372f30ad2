"""Requests and replies that are really lost on the way to a real ZooKeeper."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from orchestrator.core.decisions import Ambiguous, Committed, Deposed, Transaction
from orchestrator.errors import TooLarge, Unavailable
from orchestrator.ports import Loaded, Office
from orchestrator.store.zookeeper import ZookeeperStore
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.services.proxy import Proxy
from tests.services.waiting import until
from tests.services.zookeeper import shared
from tests.services.zookeeper_stores import CREATE, MULTI, Stores, elected, fenced, is_request, opening


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = await Proxy.to(shared())
    yield proxy
    await proxy.close()


@pytest.fixture
async def stores(proxy: Proxy) -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


async def prepared(stores: Stores, proxy: Proxy) -> tuple[ZookeeperStore, Office, Loaded, Transaction]:
    """A store behind the proxy, its office, a kind in it, and a transaction that sets a to b."""
    store = await stores.open(proxy.address, session_timeout_s=4)
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    shard = before.shards[0]
    return store, office, before, step(before.state, changed(shard, with_ids(shard, 0, "b")), op="doubtful")


async def test_a_commit_whose_reply_was_swallowed_is_ambiguous_and_happened(
    stores: Stores, proxy: Proxy
) -> None:
    store, office, _, transaction = await prepared(stores, proxy)
    proxy.swallow_reply(is_request(MULTI))
    assert isinstance(await store.commit(transaction, office), Ambiguous)
    assert proxy.swallowed.is_set()
    renewed = await fenced(store, office, 5)
    assert isinstance(renewed, Office)
    loaded = await there(store)
    assert (loaded.state, loaded.shards[0]) == (transaction.after, transaction.changes[0].after)
    assert store.valid_until(renewed) > 0


async def test_a_commit_that_never_arrived_is_ambiguous_and_did_not_happen(
    stores: Stores, proxy: Proxy
) -> None:
    store, office, before, transaction = await prepared(stores, proxy)
    proxy.lose_request(is_request(MULTI))
    assert isinstance(await store.commit(transaction, office), Ambiguous)
    assert proxy.lost.is_set()
    renewed = await fenced(store, office, 5)
    assert await there(store) == before
    assert await store.commit(transaction, renewed) == Committed()


async def test_a_fence_whose_reply_was_swallowed_is_unavailable_and_then_found(
    stores: Stores, proxy: Proxy
) -> None:
    store, office, _, transaction = await prepared(stores, proxy)
    proxy.swallow_reply(is_request(MULTI))
    with pytest.raises(Unavailable):
        await store.fence(office)
    renewed = await fenced(store, office, 5)
    assert renewed.version == office.version + 1
    assert isinstance(await store.commit(transaction, office), Deposed)
    assert await store.commit(transaction, renewed) == Committed()


async def test_an_office_whose_taking_was_not_confirmed_is_found_to_be_ours(
    stores: Stores, proxy: Proxy
) -> None:
    store = await stores.open(proxy.address, session_timeout_s=4)
    proxy.swallow_reply(is_request(MULTI))
    with pytest.raises(Unavailable):
        await store.campaign("one", "http://one")
    office = await elected(store, "one", 5)
    assert (office.epoch, office.version) == (1, 0)
    assert await store.commit(step(None), office) == Committed()


async def test_a_candidacy_that_was_not_confirmed_is_found_and_not_doubled(
    stores: Stores, proxy: Proxy
) -> None:
    store = await stores.open(proxy.address, session_timeout_s=4)
    await store.leader()
    await lead(store)
    await store.resign(await lead(store))
    proxy.swallow_reply(is_request(CREATE))
    with pytest.raises(Unavailable):
        await store.campaign("one", "http://one")
    assert isinstance(await elected(store, "one", 5), Office)
    other = await stores.open(shared())
    await other.campaign("two", "http://two")
    path = store.candidate
    assert path is not None
    await store.resign(await lead(store))
    assert isinstance(await elected(other, "two", 2), Office)


async def test_nothing_is_sent_while_the_connection_is_lost_and_nothing_comes_later(
    stores: Stores, proxy: Proxy
) -> None:
    store, office, before, transaction = await prepared(stores, proxy)
    proxy.refuse()
    await until(lambda: store.valid_until(office) == -math.inf, 1, "the loss is noticed")
    for _ in range(3):
        with pytest.raises(Unavailable, match="no connection"):
            await store.commit(transaction, office)
    proxy.refuse(False)
    assert await store.connected(within=5)
    await asyncio.sleep(0.3)
    assert await there(store) == before
    assert await store.commit(transaction, office) == Committed()


async def test_the_office_outlives_a_short_loss_of_the_connection(stores: Stores, proxy: Proxy) -> None:
    store, office, _, transaction = await prepared(stores, proxy)
    for _ in range(3):
        proxy.cut()
        await until(lambda: store.valid_until(office) == -math.inf, 1, "the loss is noticed")
        assert await store.connected(within=3)
        await until(lambda: store.valid_until(office) > 0, 1, "the office is proved again")
    assert await store.commit(transaction, office) == Committed()


async def test_a_transaction_over_the_bounds_is_refused_before_it_is_sent(
    stores: Stores, proxy: Proxy
) -> None:
    store, office, before, transaction = await prepared(stores, proxy)
    proxy.lose_request(is_request(MULTI))
    big = new_shard(1, *(["x" * 8000 + str(n)] for n in range(128)))
    with pytest.raises(TooLarge, match="bytes"):
        await store.commit(step(before.state, changed(None, big)), office)
    assert not proxy.lost.is_set(), "it was sent"
    proxy.lose_request(lambda frame: False)
    assert await store.commit(transaction, office) == Committed()


async def test_a_slow_way_makes_calls_slow_and_nothing_else(stores: Stores, proxy: Proxy) -> None:
    store, office, _, transaction = await prepared(stores, proxy)
    proxy.delay_s = 0.15
    assert await store.commit(transaction, office) == Committed()
    assert (await there(store)).state == transaction.after


async def test_the_loop_and_its_default_threads_are_never_used_for_waiting(
    stores: Stores, proxy: Proxy
) -> None:
    store, office, _, transaction = await prepared(stores, proxy)
    proxy.hold()
    waiting = asyncio.ensure_future(store.commit(transaction, office))
    loading = asyncio.ensure_future(store.load("Thing"))
    began = asyncio.get_running_loop().time()
    for _ in range(50):
        await asyncio.sleep(0.002)
    assert asyncio.get_running_loop().time() - began < 0.5
    proxy.release()
    assert await waiting == Committed()
    await loading
    assert asyncio.get_running_loop()._default_executor is None  # type: ignore[attr-defined]
