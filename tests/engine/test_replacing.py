"""An instance that has ended is replaced by the next incarnation, and nothing moves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from orchestrator.core.model import Instance
from orchestrator.ports import EnsureResult, InstanceSpec, Occupied
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, is_live, journal, owned_by, shards, succeed, things
from tests.simulation.node import SESSION_S
from tests.simulation.worker_process import Temper
from tests.simulation.world import World


async def test_a_killed_worker_is_replaced_and_nothing_moves(world: World) -> None:
    await at_rest(world, things(30))
    before = owned_by(world, 4)
    world.workforce.crash(KIND, 4)
    await world.until(lambda: is_live(world, 4, 11), 0.5, "the next incarnation", step=0.01)
    await world.rest(2.0)
    assert owned_by(world, 4) == before
    assert not await journal(world, "move")


async def test_ten_killed_at_once_are_ten_replaced_at_once(world: World) -> None:
    await at_rest(world, things(30))
    for number in range(10):
        world.workforce.crash(KIND, number)
    await world.rest(2.0)
    assert sorted(s.incarnation for s in shards(world).values()) == list(range(11, 21))


async def test_an_end_that_no_news_tells_of_is_observed(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.lost_news = 1.0
    world.workforce.crash(KIND, 4)
    await world.until(lambda: is_live(world, 4, 11), 6.0, "found by the observation")


async def test_a_crash_loop_backs_off_and_harms_no_other(world: World) -> None:
    world.workforce.tempers = lambda spec: Temper(crashes_after=0.2 if spec.shard == 3 else None)
    world.publisher.create(KIND, things(30), tell=False)
    world.add_node()
    await world.pass_(120.0)
    starts = [line.at for line in await journal(world, "start") if line.shard == 3]
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert waits[0] < 1.0
    assert [round(wait) for wait in waits[1:6]] == [1, 2, 4, 8, 16]
    status = {shard.number: shard for shard in world.engine.kind(KIND).shards}
    assert status[3].health == "backoff"
    assert "exit code 1" in status[3].detail
    assert {shard.incarnation for n, shard in status.items() if n != 3} == {1, 2, 3, 5, 6, 7, 8, 9, 10}
    assert any("ended early" in alarm for alarm in world.engine.kind(KIND).alarms)
    world.workforce.tempers = lambda spec: Temper()
    await world.rest(70.0)


async def test_a_wait_that_ends_during_a_slow_pass_is_not_forgotten(world: World) -> None:
    world.workforce.tempers = lambda spec: Temper(crashes_after=0.2 if spec.shard == 3 else None)
    world.publisher.create(KIND, things(30), tell=False)
    world.add_node()
    await world.pass_(10.0)
    await world.until(lambda: shards(world)[3].instance is Instance.NONE, 20.0, "backs off", step=0.01)
    detail = next(shard.detail for shard in world.engine.kind(KIND).shards if shard.number == 3)
    left = float(detail.partition("next try in ")[2].partition(" s")[0])
    world.workforce.tempers = lambda spec: Temper()
    await world.pass_(left - 1.5)
    assert shards(world)[3].instance is Instance.NONE
    world.weather.delay = lambda: asyncio.sleep(0.5)  # type: ignore[method-assign]
    world.publisher.create(KIND, ["meanwhile"])
    await world.until(lambda: shards(world)[3].instance is Instance.LIVE, 5.0, "started all the same")


async def test_an_instance_that_has_lived_long_does_not_back_off(world: World) -> None:
    await at_rest(world, things(30))
    for _ in range(4):
        await world.pass_(40.0)
        world.workforce.crash(KIND, 3)
        await world.rest(0.6)


async def test_a_rejected_template_is_reported_and_tried_again_later(world: World) -> None:
    world.runtime.reject(KIND, 2, "no such image")
    world.publisher.create(KIND, things(30), tell=False)
    world.add_node()
    await world.pass_(20.0)
    status = {shard.number: shard for shard in world.engine.kind(KIND).shards}
    assert status[2].health == "backoff"
    assert "no such image" in status[2].detail
    world.runtime.heal()
    await world.rest(70.0)


@pytest.mark.parametrize("instance", [Instance.STOPPING, Instance.NONE, Instance.LIVE])
async def test_a_crash_after_any_commit_of_a_replacement_is_made_good_by_the_successor(
    world: World, instance: Instance
) -> None:
    await at_rest(world, things(30))
    node = world.nodes[0]
    fired: list[Instance] = []

    def crash(transaction: object) -> None:
        if not fired and shards(world)[4].instance is instance:
            fired.append(instance)
            node.crash()

    await asyncio.sleep(1.0)
    world.workforce.crash(KIND, 4)
    if instance is Instance.LIVE:
        world.on_commit = lambda t: crash(t) if shards(world)[4].incarnation == 11 else None
    else:
        world.on_commit = crash
    await world.until(lambda: bool(fired), 7.0, "the crash", step=0.01)
    await succeed(world, node)
    await world.rest(30.0)
    assert shards(world)[4].incarnation == (12 if instance is Instance.LIVE else 11)
    assert {s.incarnation for n, s in shards(world).items() if n != 4} == {1, 2, 3, 4, 6, 7, 8, 9, 10}


async def test_running_instances_are_adopted_by_the_next_leader(world: World) -> None:
    await at_rest(world, things(30))
    node = world.nodes[0]
    node.crash()
    before = world.transactions
    await succeed(world, node)
    await world.rest(30.0)
    await world.pass_(60.0)
    assert len(world.workforce.started) == 10
    assert world.transactions == before


async def test_an_instance_that_was_never_created_is_replaced_by_the_next_leader(world: World) -> None:
    await at_rest(world, things(30))
    node = world.nodes[0]
    world.weather.out.add("runtime")
    world.workforce.crash(KIND, 4)
    await world.pass_(2.0)
    node.crash()
    world.weather.out.clear()
    await succeed(world, node)
    await world.rest(30.0)
    assert shards(world)[4].incarnation == 11


async def test_an_instance_that_nobody_wants_is_ended(world: World) -> None:
    await at_rest(world, things(30))
    world.workforce.muted = {(KIND, 77)}
    await world.runtime.ensure(replace(world.workforce.started[0].spec, shard=77, incarnation=1))
    assert (KIND, 77) in world.workforce.alive
    await world.until(lambda: (KIND, 77) not in world.workforce.alive, 6.0, "the orphan is ended")
    [line] = await journal(world, "sweep")
    assert line.shard == 77


async def test_a_create_that_lands_late_starts_nothing_that_stays(make_world: MakeWorld) -> None:
    world = make_world(start_s=1.0)
    await at_rest(world, things(30))
    old = world.workforce.alive[KIND, 4].spec
    world.workforce.crash(KIND, 4)
    await world.rest(5.0)
    world.workforce.crash(KIND, 4)
    await world.runtime.ensure(old)
    await world.rest(10.0)
    assert world.workforce.alive[KIND, 4].spec.incarnation == shards(world)[4].incarnation > old.incarnation


async def test_what_is_in_the_way_is_not_ended_by_a_leader_that_is_in_doubt_by_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    ensure, found = world.runtime.ensure, []

    async def answered_late(spec: InstanceSpec) -> EnsureResult:
        monkeypatch.undo()
        world.workforce.muted = {(KIND, 4)}
        await ensure(replace(spec, incarnation=spec.incarnation - 1))
        found.append(await ensure(spec))
        world.weather.out.add("store")
        await asyncio.sleep(2 * SESSION_S)
        return found[0]

    monkeypatch.setattr(world.runtime, "ensure", answered_late)
    world.workforce.crash(KIND, 4)
    await world.until(lambda: bool(found), 10.0, "something in the way")
    assert isinstance(found[0], Occupied)
    # that nobody in doubt ends an instance is judged at each call to the runtime
    await world.pass_(3 * SESSION_S)
    world.weather.out.clear()
    world.workforce.muted = set()
    await world.rest(90.0)


async def test_an_instance_later_than_the_leader_knows_of_is_not_ended_by_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    ensure, later = world.runtime.ensure, 99

    async def after_somebody_else(spec: InstanceSpec) -> EnsureResult:
        monkeypatch.undo()
        world.workforce.muted = {(KIND, 4)}
        await ensure(replace(spec, incarnation=later))
        return await ensure(spec)

    monkeypatch.setattr(world.runtime, "ensure", after_somebody_else)
    terms = world.engine.counters["terms"]
    world.workforce.crash(KIND, 4)
    node = world.nodes[0]
    assert node.engine is not None
    engine = node.engine
    await world.until(lambda: engine.counters["terms"] > terms, 30.0, "the office was given up")
    await world.pass_(30.0)
    assert world.workforce.alive[KIND, 4].spec.incarnation == later
