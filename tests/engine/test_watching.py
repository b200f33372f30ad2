"""What people see of shards, instances, moves and limits, and what the live stream tells of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers.instance import InstanceDetail, MovesStatus
from orchestrator.engine.answers.news import KindNews, PlanNews, ShardNews
from orchestrator.engine.facade import FeedItem
from tests.engine.conftest import MakeWorld
from tests.engine.reading import reading_of
from tests.engine.scenes import KIND, at_rest, orchestrate, shards, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

SLOW = KindPolicy(init_instances=5, move_floor=4)


def detail(world: World, number: int) -> InstanceDetail:
    found = world.engine.instance_detail(KIND, number)
    assert found is not None
    return found


async def moving(make_world: MakeWorld) -> World:
    world = make_world(policy=SLOW, resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=3.0)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=12)
    return world


async def under_way(world: World) -> MovesStatus:
    for _ in range(100):
        await asyncio.sleep(0.25)
        found = world.engine.moves_under_way(KIND)
        if found.items and found.slowest:
            return found
    raise AssertionError("nothing moved")


async def told(world: World, seconds: float) -> list[FeedItem]:
    """What a reader of the stream is told meanwhile."""
    found: list[FeedItem] = []

    async def read(stream: AsyncIterator[Sequence[FeedItem]]) -> None:
        async for items in stream:
            found.extend(items)

    reading = asyncio.ensure_future(read(reading_of(world.engine.stream, None)))
    await world.pass_(seconds)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return found


async def test_an_instance_is_known_from_its_creation_to_its_beats(world: World) -> None:
    await at_rest(world, things(30))
    await world.pass_(60.0)
    found = detail(world, 1)
    stages = [stage for stage, _ in found.lane]
    assert stages == ["created", "running", "firstBeat", "serving"]
    times = [at for _, at in found.lane]
    assert times == sorted(times)
    assert 5 <= len(found.beats) <= 60
    assert all(one.gap is not None and 0 < one.gap < 12 for one in found.beats[1:])
    assert (found.generation, found.acknowledged) == (found.generation, found.generation)
    assert found.can_drain.ok


async def test_beats_are_remembered_up_to_a_number(world: World) -> None:
    await at_rest(world, things(10))
    await world.pass_(600.0)
    assert len(detail(world, 1).beats) == 60


async def test_an_instance_that_was_replaced_is_remembered_with_the_reason(world: World) -> None:
    await at_rest(world, things(30))
    before = shards(world)[1].incarnation
    await world.engine.restart(KIND, 1, incarnation=None, actor="ann")
    await world.rest(60.0)
    (past,) = detail(world, 1).previous
    assert (past.incarnation, past.reason, past.detail) == (before, "operator", "restarted by ann")
    assert past.created is not None and past.created < past.ended
    assert detail(world, 1).instance.incarnation > before


async def test_moves_under_way_are_told_by_pair_and_by_shard(make_world: MakeWorld) -> None:
    world = await moving(make_world)
    found = await under_way(world)
    assert found.in_flight <= found.budget == 4
    assert sum(one.releasing for one in found.items) == found.in_flight
    flow = found.items[0]
    source = world.engine.shard_detail(KIND, flow.source)
    assert source is not None
    assert flow in source.flows
    await world.rest(240.0)
    assert world.engine.moves_under_way(KIND).items == ()
    assert world.engine.shard_detail(KIND, 99) is None


async def test_limits_say_when_they_were_reached(make_world: MakeWorld) -> None:
    world = await moving(make_world)
    await under_way(world)
    limits = {one.name: one for one in world.engine.system().limits}
    assert (limits["movesAtOnce"].value, limits["movesAtOnce"].in_use) == (4, 4)
    await world.rest(240.0)
    again = {one.name: one for one in world.engine.system().limits}
    assert (again["movesAtOnce"].in_use, again["movesAtOnce"].last_hit is not None) == (0, True)
    assert again["killGate"].last_hit is None


async def test_the_stream_tells_everything_once_and_then_what_changes(world: World) -> None:
    await at_rest(world, things(30))
    first = await told(world, 1.0)
    rows = [one.data for one in first if isinstance(one.data, ShardNews)]
    assert {one.number for news in rows for one in news.shards} == set(shards(world))
    assert any(isinstance(one.data, KindNews) for one in first)
    assert any(one.event == "deps" for one in first)


async def test_a_row_is_told_when_its_shard_changes_and_at_most_four_times_a_second(
    make_world: MakeWorld,
) -> None:
    world = await moving(make_world)
    items = await told(world, 5.0)
    frames = [one.data for one in items if isinstance(one.data, ShardNews)]
    assert 2 < len(frames) <= 21
    per_frame = [len(news.shards) for news in frames[1:]]
    assert min(per_frame) < len(shards(world))
    ids = [one.id for one in items]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


async def test_a_plan_under_way_is_told_to_its_end(make_world: MakeWorld) -> None:
    world = make_world(policy=SLOW, resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=1.0)
    await at_rest(world, things(40))
    made = await world.engine.make_plan(
        KIND, max_instances=None, resource_per_instance=6, note="", actor="ann"
    )
    telling = asyncio.ensure_future(told(world, 60.0))
    await asyncio.sleep(0.1)
    await world.engine.apply_plan(KIND, made.proposal.number, actor="ann")  # type: ignore[union-attr]
    items = await telling
    stages = Counter(one.data.plan.stage for one in items if isinstance(one.data, PlanNews))
    assert stages["done"] == 1
    assert len(stages) > 1


async def test_while_nobody_reads_nothing_is_told(world: World) -> None:
    await at_rest(world, things(10))
    stream = reading_of(world.engine.stream, 0)
    items = await anext(stream)
    assert {one.event for one in items} <= {"journal", "reload"}
