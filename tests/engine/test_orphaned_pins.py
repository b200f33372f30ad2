"""Pins of resources that are gone: named as such, kept until a person takes them away."""

from __future__ import annotations

from orchestrator.engine.answers.placement import Pinned
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, owner, succeed, things
from tests.simulation.world import World


def states(world: World) -> dict[str, str]:
    return {one.id: one.state for one in world.engine.pins(KIND)}


async def resynced(world: World) -> None:
    await world.engine.resync(KIND, actor="ann")
    await world.pass_(2.0)


async def pinned(world: World, *ids: str, shard: int) -> None:
    for one in ids:
        assert isinstance(await world.engine.pin(KIND, one, shard=shard, actor="ann"), Pinned)


async def test_the_pin_of_a_deleted_id_is_told_apart_from_one_that_waits(world: World) -> None:
    await at_rest(world, things(30))
    await pinned(world, "t1", "t2", shard=50)
    home = owner(world, "t3")
    assert home is not None
    await pinned(world, "t3", shard=home)
    world.publisher.create(KIND, ["new"])
    await world.pass_(2.0)
    world.publisher.delete(KIND, ["t1"])
    await world.pass_(2.0)
    await resynced(world)
    assert states(world) == {"t1": "orphaned", "t2": "waiting", "t3": "held"}
    told = {one.id: one.detail for one in world.engine.pins(KIND)}
    assert told["t1"] == "the catalog does not list it; the pin holds for the next one of this id"
    # nobody takes it away, whoever leads
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await resynced(world)
    assert states(world) == {"t1": "orphaned", "t2": "waiting", "t3": "held"}
    assert await journal(world, "unpin") == []
    assert await world.engine.unpin(KIND, "t1", actor="ann")
    assert states(world) == {"t2": "waiting", "t3": "held"}


async def test_the_next_one_of_the_id_is_orphaned_no_more_though_it_has_no_place(world: World) -> None:
    await at_rest(world, things(30))
    await pinned(world, "t1", shard=50)
    world.publisher.delete(KIND, ["t1"])
    await world.pass_(2.0)
    await resynced(world)
    assert states(world) == {"t1": "orphaned"}
    world.publisher.create(KIND, ["t1"])
    await world.pass_(2.0)
    assert (owner(world, "t1"), states(world)) == (None, {"t1": "waiting"})
    await resynced(world)
    assert states(world) == {"t1": "waiting"}


async def test_a_catalog_that_lists_nothing_orphans_nobody(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(), things(200))
    await pinned(world, "t3", shard=50)
    world.publisher.create(KIND, ["new"])
    await world.pass_(2.0)
    await pinned(world, "new", shard=50)
    world.publisher.delete(KIND, ["new"])
    await world.pass_(2.0)
    world.publisher.delete(KIND, things(200), tell=False)
    await resynced(world)
    assert world.engine.kind(KIND).held is not None
    assert states(world)["new"] == "waiting"
