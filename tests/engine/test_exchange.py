"""What a worker is answered."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.core.model import Instance
from orchestrator.engine.answers import Assignment, Turned
from orchestrator.ports import Beat
from tests.engine.scenes import KIND, at_rest, shards, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World


def beat(world: World, number: int, **said: object) -> Beat:
    shard = shards(world).get(number)
    fields = {
        "incarnation": shard.incarnation if shard else 1,
        "generation": shard.generation if shard else -1,
        "pending": frozenset(),
    }
    return Beat(kind=KIND, shard=number, received=world.loop.time(), **{**fields, **said})  # type: ignore[arg-type]


async def quiet(world: World, count: int = 30) -> World:
    """At rest, and its workers say nothing any more."""
    await at_rest(world, things(count))
    world.workforce.muted = {(KIND, number) for number in shards(world)}
    await world.pass_(6.0)
    return world


async def test_a_worker_that_begins_gets_the_whole(world: World) -> None:
    await quiet(world)
    answer = await world.engine.exchange(beat(world, 4, generation=-1))
    assert isinstance(answer, Assignment)
    assert answer.whole and set(answer.ids) == set(shards(world)[4].ids())


async def test_nothing_new_is_answered_so_that_exchanges_follow_each_other_after_the_interval(
    world: World,
) -> None:
    await quiet(world)
    for away_s, held_s in ((0.0, 5.0), (1.0, 4.0), (4.0, 2.5)):
        for _ in range(50):
            await asyncio.sleep(away_s)
            began = world.loop.time()
            answer = await world.engine.exchange(beat(world, 4))
            assert isinstance(answer, Assignment)
            assert (answer.whole, answer.add, answer.remove) == (False, (), ())
            assert 2.5 <= world.loop.time() - began <= 5.0
        assert world.loop.time() - began == pytest.approx(held_s, abs=0.01)


async def test_a_change_is_answered_at_once_and_as_a_difference(world: World) -> None:
    await quiet(world)
    base = shards(world)[0].generation
    began = world.loop.time()
    waiting = asyncio.ensure_future(world.engine.exchange(beat(world, 0)))
    await asyncio.sleep(1.0)
    world.publisher.create(KIND, ["new"])
    answer = await waiting
    assert isinstance(answer, Assignment)
    assert (answer.whole, answer.base, answer.add, answer.remove) == (False, base, ("new",), ())
    assert answer.generation == base + 1
    assert world.loop.time() - began == 1.0


async def test_a_worker_that_is_behind_gets_all_the_differences_in_one(world: World) -> None:
    await quiet(world)
    behind = beat(world, 0)
    victim = next(shards(world)[0].ids())
    for change in (["x0"], ["x1"], ["x2"]):
        world.publisher.create(KIND, change)
        await asyncio.sleep(0.1)
    world.publisher.delete(KIND, [victim])
    await asyncio.sleep(0.1)
    answer = await world.engine.exchange(behind)
    assert isinstance(answer, Assignment)
    assert (answer.add, answer.remove) == (("x0",), (victim,))


async def test_a_later_exchange_supersedes_the_one_that_waits(world: World) -> None:
    await quiet(world)
    first = asyncio.ensure_future(world.engine.exchange(beat(world, 4)))
    await asyncio.sleep(0.5)
    second = asyncio.ensure_future(world.engine.exchange(beat(world, 4)))
    answer = await first
    assert isinstance(answer, Turned) and answer.status == 409
    assert isinstance(await second, Assignment)


async def test_an_earlier_incarnation_is_over(world: World) -> None:
    await quiet(world)
    answer = await world.engine.exchange(beat(world, 4, incarnation=shards(world)[4].incarnation - 1))
    assert isinstance(answer, Turned) and answer.status == 410


async def test_a_shard_that_is_not_there_is_over(world: World) -> None:
    await quiet(world)
    answer = await world.engine.exchange(beat(world, 99))
    assert isinstance(answer, Turned) and answer.status == 410


async def test_a_later_incarnation_or_generation_is_not_known_here_yet(world: World) -> None:
    await quiet(world)
    for said in ({"incarnation": 99}, {"generation": 99}):
        answer = await world.engine.exchange(beat(world, 4, **said))
        assert isinstance(answer, Turned) and answer.status == 503


async def test_a_stopping_instance_is_answered_without_an_assignment(world: World) -> None:
    world.workforce.tempers = lambda spec: Temper(hangs=True)
    await at_rest(world, things(30))
    await world.pass_(31.0)
    world.publisher.delete(KIND, [next(shards(world)[4].ids())])
    world.workforce.muted = {(KIND, 4)}
    await world.until(lambda: shards(world)[4].instance is Instance.STOPPING, 62.0, "stopping")
    answer = await world.engine.exchange(beat(world, 4, generation=0))
    assert isinstance(answer, Assignment)
    assert (answer.generation, answer.whole, answer.add, answer.remove) == (0, False, (), ())
    world.workforce.tempers = lambda spec: Temper()
    world.workforce.muted = set()
    await world.rest(60.0)


async def test_a_beat_that_hides_some_of_what_is_pending_frees_nothing(world: World) -> None:
    await quiet(world)
    victim = next(shards(world)[4].ids())
    world.publisher.delete(KIND, [victim])
    await asyncio.sleep(0.1)
    asking = asyncio.ensure_future(world.engine.exchange(beat(world, 4, more=True)))
    await asyncio.sleep(1.0)
    assert victim in world.documents.seen[KIND].releasing
    asking.cancel()
    asking = asyncio.ensure_future(world.engine.exchange(beat(world, 4, pending=frozenset({victim}))))
    await asyncio.sleep(1.0)
    assert victim in world.documents.seen[KIND].releasing
    asking.cancel()
    world.workforce.muted = set()
    await world.rest(15.0)


async def test_a_beat_of_an_old_generation_frees_nothing(world: World) -> None:
    await quiet(world)
    old = beat(world, 4)
    victim = next(shards(world)[4].ids())
    world.publisher.delete(KIND, [victim])
    await asyncio.sleep(0.1)
    await world.engine.exchange(old)
    await asyncio.sleep(1.0)
    assert victim in world.documents.seen[KIND].releasing
    world.workforce.muted = set()
    await world.rest(15.0)
