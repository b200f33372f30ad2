"""While something is away nothing is removed and what is served stays served; afterwards all is made good."""

from __future__ import annotations

import pytest

from orchestrator.errors import NotNow, Unavailable
from tests.engine.scenes import KIND, at_rest, held, orchestrate, owner, things
from tests.simulation.world import World


async def test_while_the_catalog_is_away_nothing_is_removed_and_hints_are_kept(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("catalog")
    world.publisher.delete(KIND, ["t3"])
    world.publisher.create(KIND, ["new"])
    before = world.transactions
    await world.pass_(400.0)
    assert world.transactions == before
    assert any("catalog" in alarm for alarm in world.engine.kind(KIND).alarms)
    world.weather.out.clear()
    await world.until(lambda: held(world, "new") and not held(world, "t3"), 1.0, "made good at once")
    await world.rest(5.0)


async def test_while_the_catalog_is_away_an_orchestration_is_refused_for_now(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("catalog")
    with pytest.raises(NotNow, match="catalog"):
        await orchestrate(world)
    with pytest.raises(Unavailable):
        await world.engine.resync(KIND, actor="test")


async def test_a_long_catalog_outage_leaves_no_heap_of_timers(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["new"], tell=False)
    world.weather.out.add("catalog")
    for number in range(300):
        world.publisher.create(KIND, [f"more{number}"])
        await world.pass_(0.3)
    began = world.loop.steps
    await world.pass_(10.0)
    assert world.loop.steps - began < 2_500
    world.weather.out.clear()
    await world.rest(310.0)


async def test_while_the_store_is_away_mutations_are_refused_and_workers_go_on(world: World) -> None:
    await at_rest(world, things(30))
    engine = world.engine
    world.weather.out.add("store")
    world.publisher.create(KIND, ["new"])
    await world.pass_(2.0)
    assert engine.kind(KIND).counts.owned == 30
    with pytest.raises(NotNow):
        await orchestrate(world)
    await world.pass_(30.0)
    with pytest.raises(NotNow):
        await engine.orchestrate(
            KIND, max_instances=None, resource_per_instance=None, dry_run=False, actor="test"
        )
    assert all(held(world, i) for i in things(30))
    world.weather.out.clear()
    await world.rest(30.0)
    assert len(world.workforce.started) == 10


async def test_while_the_runtime_is_away_nobody_is_declared_dead(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("runtime")
    await world.pass_(120.0)
    assert len(world.workforce.started) == 10
    world.workforce.crash(KIND, 4)
    await world.pass_(30.0)
    assert owner(world, "t3") is not None
    world.weather.out.clear()
    await world.rest(15.0)
    assert len(world.workforce.started) == 11


async def test_a_restart_while_everything_else_is_away_waits(world: World) -> None:
    await at_rest(world, things(30))
    node = world.nodes[0]
    world.weather.out.update({"catalog", "runtime"})
    node.crash()
    await node.gone()
    node.start()
    await world.until(lambda: node.leads, 20.0, "the next life leads")
    before = world.transactions
    await world.pass_(60.0)
    assert world.transactions == before
    world.weather.out.clear()
    await world.rest(20.0)
    assert len(world.workforce.started) == 10
