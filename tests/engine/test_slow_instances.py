"""Instances that the runtime has, but not as it was asked for: not begun yet, or begun too late."""

from __future__ import annotations

import asyncio

from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, is_live, shards, things
from tests.simulation.world import World


async def test_grace_runs_from_the_start_of_an_instance_and_not_from_its_creation(
    make_world: MakeWorld,
) -> None:
    world = make_world(start_s=200.0)
    world.publisher.create(KIND, things(30), tell=False)
    world.add_node()
    await world.until(lambda: len(world.runtime.specs) == 10, 10.0, "all are created")
    # one begins, so that not all are silent, which the kill gate would spare
    world.runtime._now_runs(world.runtime.specs[KIND, 3])
    await world.pass_(150.0)
    assert {shard.incarnation for shard in shards(world).values()} == set(range(1, 11))
    assert {shard.health for shard in world.engine.kind(KIND).shards if shard.number != 3} == {"starting"}
    alarms = [alarm for alarm in world.engine.kind(KIND).alarms if "has not begun for" in alarm]
    assert len(alarms) == 9
    await world.rest(70.0)
    assert not world.engine.kind(KIND).alarms


async def test_an_instance_that_begins_late_and_says_nothing_is_replaced_after_its_grace(
    make_world: MakeWorld,
) -> None:
    world = make_world(start_s=40.0)
    world.publisher.create(KIND, things(30), tell=False)
    world.add_node()
    await world.until(lambda: len(world.workforce.started) == 10, 60.0, "all have begun", step=0.01)
    world.workforce.freeze(KIND, 3)
    began = world.loop.time()
    await world.until(lambda: is_live(world, 3, 11), 60.0, "it is replaced")
    assert world.loop.time() - began >= 15.0
    await world.rest(60.0)


async def test_an_instance_that_a_late_create_begins_after_it_was_asked_to_end_is_asked_again(
    world: World,
) -> None:
    await at_rest(world, things(30))
    spec, stop, late = world.runtime.specs[KIND, 4], world.runtime.stop, asyncio.Event()

    async def stop_and_begin(kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        await stop(kind, shard, incarnation, grace_s=grace_s)
        if shard == 4 and not late.is_set():
            late.set()
            del world.runtime._seen[KIND, 4]
            world.runtime._begin(spec)

    world.runtime.stop = stop_and_begin  # type: ignore[method-assign]
    world.workforce.crash(KIND, 4)
    await world.until(late.is_set, 5.0, "the create that came late")
    await world.until(lambda: is_live(world, 4, 11), 30.0, "it is replaced all the same")
    await world.rest(30.0)
