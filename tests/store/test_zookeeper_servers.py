"""Servers of ZooKeeper that stop, end, come back with their data and come back without."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator.core.decisions import Ambiguous, Committed, Deposed
from orchestrator.errors import Unavailable
from orchestrator.ports import Office
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.services.waiting import free_ports, until
from tests.services.zookeeper import ensemble, own
from tests.services.zookeeper_server import ZookeeperServer
from tests.services.zookeeper_stores import Stores, elected, fenced, opening


@pytest.fixture
async def stores(server: ZookeeperServer) -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ZookeeperServer]:
    server = own(tmp_path)
    server.start()
    yield server
    server.stop()


async def test_a_pause_of_three_seconds_takes_nothing_from_a_longer_session(
    stores: Stores, server: ZookeeperServer
) -> None:
    store = await stores.open(server.address, session_timeout_s=8)
    office = await lead(store)
    before = await put(store, office, step(None))
    server.pause()
    began = time.monotonic()
    asyncio.get_running_loop().call_later(3, server.resume)
    assert await store.commit(step(before.state), office) == Committed()
    assert 2.5 < time.monotonic() - began < 6
    await until(lambda: store.valid_until(office) > 0, 3, "the office is proved again")


async def test_a_server_that_stays_away_makes_calls_unavailable_and_promises_end(
    stores: Stores, server: ZookeeperServer
) -> None:
    store = await stores.open(server.address, session_timeout_s=1.5)
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    server.pause()
    assert isinstance(await store.commit(step(before.state), office), Ambiguous)
    with pytest.raises(Unavailable):
        await store.load("Thing")
    with pytest.raises(Unavailable):
        await store.fence(office)
    assert store.valid_until(office) == -math.inf
    server.resume()
    assert await store.connected(within=5)
    # Paused for less or more than the session lives: either way it is settled.
    answer = await fenced(store, office, 5)
    if isinstance(answer, Deposed):
        answer = await elected(store, "one", 5)
    after = await there(store)
    assert await store.commit(step(after.state), answer) == Committed()


async def test_a_killed_server_that_comes_back_with_its_data_is_used_again(
    stores: Stores, server: ZookeeperServer
) -> None:
    store = await stores.open(server.address, session_timeout_s=10)
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    server.restart()
    assert await store.connected(within=10)
    assert await there(store) == before
    renewed = await fenced(store, office, 5)
    assert isinstance(renewed, Office), "the session outlives a restart of the server"
    shard = before.shards[0]
    transaction = step(before.state, changed(shard, with_ids(shard, 0, "b")))
    assert await store.commit(transaction, renewed) == Committed()


async def test_a_server_that_comes_back_without_its_data_is_empty_and_usable(
    stores: Stores, server: ZookeeperServer
) -> None:
    store = await stores.open(server.address, session_timeout_s=2, rebuild_after_s=1)
    office = await lead(store)
    await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    server.restart(wipe=True)
    await until(lambda: store.valid_until(office) == -math.inf, 2, "the loss is noticed")
    assert await store.connected(within=6)
    assert await store.load("Thing") is None
    assert list(await store.kinds()) == []
    assert await store.leader() is None
    assert isinstance(await store.fence(office), Deposed)
    assert isinstance(await store.commit(step(None), office), Deposed)
    again = await elected(store, "one", 3)
    assert again.epoch == 1
    assert store.valid_until(again) > 0
    assert await store.commit(step(None), again) == Committed()


async def test_a_server_that_is_absent_at_first_is_used_when_it_comes(stores: Stores, tmp_path: Path) -> None:
    late = own(tmp_path / "late")
    store = await stores.open(late.address, within=0.1, session_timeout_s=4)
    with pytest.raises(Unavailable, match=f"no connection to ZooKeeper at {late.address}.*refused"):
        await store.load("Thing")
    with pytest.raises(Unavailable):
        await store.campaign("one", "")
    await asyncio.sleep(2.5)
    late.start()
    try:
        began = time.monotonic()
        assert await store.connected(within=10)
        assert time.monotonic() - began < 1.6, "the delay between tries has grown without bound"
        assert isinstance(await lead(store), Office)
        await store.close()
    finally:
        late.stop()


async def test_a_store_closes_soon_and_leaves_no_thread_where_nobody_answers(
    stores: Stores, server: ZookeeperServer
) -> None:
    began = set(threads())
    connected = await stores.open(server.address, session_timeout_s=10)
    await lead(connected)
    absent = await stores.open(f"127.0.0.1:{free_ports(1)[0]}", within=0.2)
    server.pause()
    silent = await stores.open(server.address, within=0.2, session_timeout_s=30)
    asked = asyncio.ensure_future(connected.load("Thing"))
    await asyncio.sleep(0.1)
    for store in (connected, absent, silent):
        closing = time.monotonic()
        await store.close()
        assert time.monotonic() - closing < 4
    with pytest.raises(Unavailable):
        await asked
    server.resume()
    await until(lambda: not set(threads()) - began, 2, "every thread has ended")


async def test_a_member_of_the_ensemble_may_end_while_the_office_is_held(
    stores: Stores, tmp_path: Path
) -> None:
    servers = ensemble(tmp_path / "three")
    servers.start()
    try:
        store = await stores.open(servers.address, session_timeout_s=5)
        office = await lead(store)
        loaded = await put(store, office, step(None))
        servers.leader().kill()
        began = time.monotonic()
        current = office
        while True:
            try:
                answer = await fenced(store, current, 10)
                if isinstance(answer, Deposed):
                    answer = await elected(store, "one", 10)
                current = answer
                if await store.commit(step(loaded.state), current) == Committed():
                    break
            except Unavailable:
                await asyncio.sleep(0.05)
        print(f"committed again {time.monotonic() - began:.1f} s after the servers' leader was killed")
        assert (await there(store)).state.commit == loaded.state.commit + 1
        await store.close()
    finally:
        servers.stop()


def threads() -> list[int]:
    import threading

    return [thread.ident or 0 for thread in threading.enumerate()]
