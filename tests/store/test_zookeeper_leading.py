"""A leader whose ZooKeeper is absent, gone, slow, emptied or refusing: instances go on, nothing goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.security import OPEN_ACL_UNSAFE, make_acl

from orchestrator.core.model import Protocol
from orchestrator.ports import Office, Phase
from orchestrator.store.archive import read_archive, write_archive
from orchestrator.store.filling import fill, gather
from orchestrator.store.zookeeper import ZookeeperStore
from tests.contract.changes import there
from tests.seed.scene import Scene, scene
from tests.services.proxy import Proxy
from tests.services.waiting import until
from tests.services.zookeeper import own, shared
from tests.services.zookeeper_client import operator
from tests.services.zookeeper_server import ZookeeperServer

THINGS = [f"t{number}" for number in range(12)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ZookeeperServer]:
    server = own(tmp_path)
    server.start()
    yield server
    server.stop()


async def at_rest(world: Scene) -> None:
    world.catalog.put("Thing", THINGS)
    await world.lead(resync_interval=2.0)
    await world.owned(THINGS)
    await until(lambda: len(world.runtime.specs) == 3, 10, "every shard has its instance")
    await asyncio.sleep(1.3)


async def running(world: Scene) -> dict[int, int]:
    """The incarnation that runs, by shard."""
    seen = await world.runtime.observe("Thing")
    return {one.shard: one.incarnation for one in seen if one.phase is Phase.RUNNING}


async def test_instances_go_on_while_zookeeper_is_gone_and_what_came_meanwhile_is_placed_after(
    server: ZookeeperServer,
) -> None:
    async with scene(hosts=server.address, session_timeout_s=3) as world:
        await at_rest(world)
        before, lists = await running(world), world.owners()
        server.kill()
        world.catalog.put("Thing", ["meanwhile"])
        world.catalog.drop("Thing", ["t0"])
        world.publish({"o": "c", "t": "Thing", "k": {"id": "meanwhile"}})
        await asyncio.sleep(6)
        assert world.engine is not None
        assert not world.engine.leadership.holds()
        assert await running(world) == before
        server.start()
        await world.owned([*set(THINGS) - {"t0"}, "meanwhile"], within=20)
        kept = {i: places for i, places in world.owners().items() if i in lists}
        assert kept.items() <= lists.items(), "nothing has moved"
        assert await running(world) == before


async def test_a_zookeeper_that_lost_its_data_is_not_taken_for_a_new_one(server: ZookeeperServer) -> None:
    async with scene(hosts=server.address, session_timeout_s=2, rebuild_after_s=1) as world:
        await at_rest(world)
        before = await running(world)
        server.restart(wipe=True)
        await until(lambda: bool(world.closed), 30, "the kind is closed", every=0.05)
        assert "the store is empty" in world.closed
        await asyncio.sleep(3)
        assert await running(world) == before
        with operator(server.address) as client:
            below = set(client.get_children(world.root))
            assert not below & {"Thing", "_kinds"}, "nothing was written but the office"


async def test_a_zookeeper_that_comes_late_is_led_when_it_comes(tmp_path: Path) -> None:
    late = own(tmp_path)
    # One server that is there for the test's own eyes, one that the store waits for.
    async with scene(hosts=late.address, eyes=shared()) as world:
        leading = asyncio.ensure_future(world.lead(within=0.1))
        await asyncio.sleep(1.5)
        assert not world.is_open
        assert not world.runtime.specs
        late.start()
        try:
            await leading
            assert world.is_open
            await until(lambda: len(world.runtime.specs) == 3, 10, "every shard has its instance")
            await world.step_down()
        finally:
            late.stop()


async def test_a_slow_zookeeper_makes_all_slow_and_breaks_nothing() -> None:
    proxy = await Proxy.to(shared())
    try:
        async with scene(hosts=proxy.address, eyes=shared()) as world:
            await at_rest(world)
            before = await running(world)
            proxy.delay_s = 0.2
            world.catalog.put("Thing", ["new"])
            world.publish({"o": "c", "t": "Thing", "k": {"id": "new"}})
            await world.owned([*THINGS, "new"], within=10)
            assert world.engine is not None
            assert world.engine.leadership.holds()
            assert await running(world) == before
            await world.step_down()
    finally:
        await proxy.close()


async def test_a_document_that_may_not_be_written_is_said_and_written_once_it_may() -> None:
    async with scene(Protocol.SEED) as world:
        await at_rest(world)
        before = world.tree()
        read_only = [make_acl("world", "anyone", read=True, admin=True)]
        for number in world.shards():
            world.eyes.set_acls(f"{world.root}/Thing/{number}/resources", read_only)
        world.catalog.put("Thing", ["new"])
        world.publish({"o": "c", "t": "Thing", "k": {"id": "new"}})
        engine = world.engine
        assert engine is not None
        await until(
            lambda: any("no authorization" in alarm for alarm in engine.kind("Thing").alarms),
            5,
            "it is said",
        )
        assert world.tree() == before
        for number in world.shards():
            world.eyes.set_acls(f"{world.root}/Thing/{number}/resources", OPEN_ACL_UNSAFE)
        await world.owned([*THINGS, "new"])


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_what_was_imported_is_led_on_without_a_move_and_with_the_same_instances(
    protocol: Protocol,
) -> None:
    async with scene(protocol) as before, scene(protocol) as after:
        before.catalog.put("Thing", THINGS)
        await before.lead()
        await until(lambda: len(before.runtime.specs) == 3, 10, "every shard has its instance")
        assert before.store is not None
        while sum(s.used for s in (await there(before.store)).shards.values()) < len(THINGS):
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.3)
        ran, loaded = await running(before), await there(before.store)
        lines = list(write_archive(await gather(before.store, ["Thing"])))
        await before.step_down()

        after.runtime, after.catalog, after.identity = before.runtime, before.catalog, before.identity
        store = await ZookeeperStore.open(after.options, {"Thing": protocol}, within=10)
        office = await store.campaign("import", "")
        assert isinstance(office, Office)
        await fill(store, office, read_archive(lines), {"Thing": protocol}, before.identity.known)
        await store.resign(office)
        await store.close()
        await after.lead()
        await asyncio.sleep(2)
        assert not after.closed
        assert after.store is not None
        held = await there(after.store)
        for number, shard in held.shards.items():
            was = loaded.shards[number]
            assert (list(shard.ids()), shard.generation) == (list(was.ids()), was.generation)
            assert (shard.incarnation, shard.instance) == (was.incarnation, was.instance)
        assert await running(after) == ran
