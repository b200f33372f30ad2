"""Silence is acted upon only when it means something."""

from __future__ import annotations

import asyncio
import math
from itertools import pairwise
from typing import NoReturn

import pytest

from orchestrator.core.policy import HealthPolicy
from orchestrator.errors import Unavailable
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, is_live, journal, shards, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World


def health(world: World, number: int) -> str:
    return next(s.health for s in world.engine.kind(KIND).shards if s.number == number)


async def test_a_silent_worker_is_late_then_lost_then_replaced(world: World) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.workforce.freeze(KIND, 4)
    began = world.loop.time()
    await world.until(lambda: health(world, 4) == "late", 11.0, "late")
    await world.until(lambda: health(world, 4) in ("lost", "stopping"), 11.0, "lost")
    assert 10.0 <= world.loop.time() - began <= 21.0
    await world.until(lambda: is_live(world, 4, 11), 12.0, "replaced when its grace is over")
    assert [line.reason for line in await journal(world, "stop")] == ["silent"]
    await world.rest(2.0)


async def test_nobody_is_stopped_while_the_channel_is_not_proven(world: World) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.heartbeats.cut()
    world.workforce.freeze(KIND, 4)
    await world.pass_(120.0)
    assert not await journal(world, "stop")
    assert health(world, 4) == "lost"
    assert any("not proven" in alarm for alarm in world.engine.kind(KIND).alarms)
    world.heartbeats.mend()
    await world.until(lambda: is_live(world, 4, 11), 30.0, "replaced a deadline and its grace later")


async def test_a_channel_that_is_back_is_given_a_deadline_to_be_found_again_by_the_workers(
    world: World,
) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.heartbeats.cut()
    world.workforce.muted = {(KIND, number) for number in (2, 4, 6)}
    await world.pass_(120.0)
    world.heartbeats.mend()
    await world.pass_(9.0)
    world.workforce.muted = set()
    await world.pass_(60.0)
    assert not await journal(world, "stop")


async def test_nobody_is_stopped_when_all_are_silent(world: World) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.workforce.muted = {(KIND, number) for number in range(10)}
    await world.pass_(120.0)
    lines = await journal(world, "stop")
    assert len(lines) <= 1, "the first ones to be late may be one window ahead of the others"
    assert any("a person must decide" in alarm for alarm in world.engine.kind(KIND).alarms)


async def test_of_several_silent_ones_at_most_a_tenth_is_stopped_in_a_window(world: World) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    for number in (2, 4, 6):
        world.workforce.freeze(KIND, number)
    await world.pass_(100.0)
    stops = [line.at for line in await journal(world, "stop")]
    assert len(stops) == 3
    assert all(later - earlier >= 30.0 for earlier, later in pairwise(stops))
    await world.rest(30.0)


async def test_nobody_is_stopped_for_silence_by_a_leader_that_has_just_begun(world: World) -> None:
    await at_rest(world, things(30))
    node = world.nodes[0]
    world.workforce.freeze(KIND, 4)
    node.crash()
    await node.gone()
    node.start()
    await world.until(lambda: node.leads, 20.0, "the next life leads")
    began = world.clock.wall()
    await world.pass_(60.0)
    stops = await journal(world, "stop")
    assert stops and stops[0].at - began >= 29.0


async def test_a_leader_that_did_not_run_itself_has_heard_nobody_be_silent(make_world: MakeWorld) -> None:
    world = make_world(health=HealthPolicy(interval=1.0, late_after=1.1, deadline=4.0, window=8.0))
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.weather.latency_s = 0.2
    await world.pass_(5.0)
    world.nodes[0].freeze()
    await world.pass_(5.0)
    world.nodes[0].thaw()
    await world.pass_(60.0)
    assert not await journal(world, "stop")


async def test_a_leader_that_was_out_of_touch_with_the_store_has_heard_nobody_be_silent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    engine, unowned = world.engine, 0
    _lose_touch(world, monkeypatch)
    for _ in range(60):
        await world.pass_(1.0)
        unowned += engine.coverage(KIND, shown=0).unowned
    monkeypatch.undo()
    await world.pass_(120.0)
    assert not await journal(world, "stop")
    assert unowned == 0, "they served on, so far as anybody knows"


async def test_who_was_silent_before_is_replaced_when_the_leader_is_in_touch_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.workforce.freeze(KIND, 4)
    _lose_touch(world, monkeypatch)
    await world.pass_(60.0)
    monkeypatch.undo()
    await world.until(lambda: is_live(world, 4, 11), 60.0, "replaced a deadline and its grace later")
    assert [line.shard for line in await journal(world, "stop")] == [4]


def _lose_touch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The leader's session lives on, and nothing is heard of the store."""

    async def fence(_office: object) -> NoReturn:
        raise Unavailable("there is no connection")

    store = world.engine.leadership._store
    monkeypatch.setattr(store, "valid_until", lambda _office: -math.inf)
    monkeypatch.setattr(store, "fence", fence)


async def test_a_worker_that_never_beats_is_replaced_after_its_grace(make_world: MakeWorld) -> None:
    world = make_world()
    await at_rest(world, things(30))
    await world.pass_(60.0)
    world.workforce.muted = {(KIND, 4)}
    world.workforce.crash(KIND, 4)
    await asyncio.sleep(1.0)
    assert health(world, 4) == "starting"
    await world.until(lambda: shards(world)[4].incarnation == 12, 40.0, "replaced again")
    world.workforce.muted = set()
    await world.rest(30.0)


async def test_a_release_that_hangs_is_stuck_after_the_deadline_and_its_instance_is_replaced(
    world: World,
) -> None:
    world.workforce.tempers = lambda spec: Temper(hangs=spec.incarnation == 5)
    await at_rest(world, things(30))
    await world.pass_(60.0)
    began = world.loop.time()
    number = 4
    victim = next(iter(world.workforce.alive[KIND, number].held))
    world.publisher.delete(KIND, [victim])
    await world.until(lambda: health(world, number) == "stopping", 61.0, "stuck")
    assert 59.9 <= world.loop.time() - began <= 61.0
    assert [line.reason for line in await journal(world, "stop")] == ["stuck"]
    await world.rest(30.0)
    assert shards(world)[number].incarnation == 11


async def test_a_deletion_that_is_long_done_makes_nobody_stuck(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.delete(KIND, ["t3"])
    await world.rest(2.0)
    await world.pass_(200.0)
    assert not await journal(world, "stop")
