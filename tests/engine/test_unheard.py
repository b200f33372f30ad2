"""Nobody is stopped for what would only be known if he were heard."""

from __future__ import annotations

from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, shards, things
from tests.simulation.world import World


async def test_nobody_is_stopped_for_holding_on_while_no_exchange_comes_through(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    await at_rest(world, things(300))
    for number in range(10):
        world.workforce.freeze(KIND, number)
    world.publisher.delete(KIND, things(60))
    await world.pass_(200.0)
    assert not await journal(world, "stop")
    assert {shard.incarnation for shard in shards(world).values()} == set(range(1, 11))
    for number in range(10):
        world.workforce.thaw(KIND, number)
    await world.rest(60.0)


async def test_nobody_is_stopped_for_what_he_let_go_of_and_only_waits_for_the_catalog(world: World) -> None:
    await at_rest(world, things(300))
    world.on_commit = lambda transaction: world.weather.out.add("catalog")
    world.publisher.delete(KIND, things(20))
    await world.until(lambda: "catalog" in world.weather.out, 5.0, "released, and not yet dropped")
    await world.pass_(200.0)
    assert any(shard.releasing for shard in shards(world).values())
    assert not await journal(world, "stop")
    world.on_commit = lambda transaction: None
    world.weather.out.clear()
    await world.rest(60.0)


async def test_one_that_is_replaced_while_nobody_is_heard_does_not_cost_the_others_their_lives(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    await at_rest(world, things(300))
    for number in range(10):
        world.workforce.freeze(KIND, number)
    world.workforce.muted = {(KIND, number) for number in range(10)}
    await world.pass_(60.0)
    world.workforce.crash(KIND, 4)
    await world.pass_(200.0)
    assert {line.shard for line in await journal(world, "stop")} == {4}
    world.workforce.muted = set()
    for number in range(10):
        world.workforce.thaw(KIND, number)
    await world.rest(60.0)
