"""What every runtime does alike: at most one instance a shard, exact stops, complete observations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.ports import Occupied, Phase, Rejected, Started
from tests.runtime.waiting import phase, seen_of
from tests.runtime.worlds import WORLDS, World


@pytest.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    world = WORLDS[request.param](tmp_path / "data", f"contract-{os.getpid()}-{tmp_path.name}")
    yield world
    await world.close()


async def test_nothing_started_is_nothing_seen(world: World) -> None:
    assert await world.runtime.observe("Thing") == []
    assert await world.runtime.logs("Thing", 3, lines=10) == []


async def test_an_instance_that_was_started_is_seen_with_its_identity(world: World) -> None:
    assert await world.runtime.ensure(world.running(3, 5)) == Started()
    seen = await phase(world.runtime, 3, Phase.RUNNING)
    assert seen is not None
    assert (seen.kind, seen.shard, seen.incarnation) == ("Thing", 3, 5)
    assert seen.uid
    assert seen.since > 0


async def test_starting_again_changes_nothing(world: World) -> None:
    await world.runtime.ensure(world.running(3, 5))
    before = await phase(world.runtime, 3, Phase.RUNNING)
    assert await world.runtime.ensure(world.running(3, 5)) == Started()
    assert await phase(world.runtime, 3, Phase.RUNNING) == before


@pytest.mark.parametrize("other", [4, 6])
async def test_another_incarnation_finds_the_shard_occupied(world: World, other: int) -> None:
    await world.runtime.ensure(world.running(3, 5))
    result = await world.runtime.ensure(world.running(3, other))
    assert isinstance(result, Occupied)
    assert result.incarnation == 5
    seen = await phase(world.runtime, 3, Phase.RUNNING)
    assert seen is not None
    assert seen.incarnation == 5


async def test_many_starts_of_one_shard_at_once_make_one_instance(world: World) -> None:
    results = await asyncio.gather(*(world.runtime.ensure(world.running(3, n)) for n in (1, 2, 1, 3, 2)))
    seen = await phase(world.runtime, 3, Phase.RUNNING)
    assert seen is not None
    assert results.count(Started()) == [1, 2, 1, 3, 2].count(seen.incarnation)


async def test_a_refused_start_leaves_nothing(world: World) -> None:
    result = await world.runtime.ensure(world.refused(3, 1))
    assert isinstance(result, Rejected)
    assert "no-such-command" in result.detail
    assert await world.runtime.observe("Thing") == []


async def test_a_stopped_instance_ends_and_makes_room(world: World) -> None:
    await world.runtime.ensure(world.running(3, 1))
    await phase(world.runtime, 3, Phase.RUNNING)
    await world.runtime.stop("Thing", 3, 1, grace_s=5)
    await phase(world.runtime, 3, Phase.ENDED, None)
    assert await world.runtime.ensure(world.running(3, 2)) == Started()
    seen = await phase(world.runtime, 3, Phase.RUNNING)
    assert seen is not None
    assert seen.incarnation == 2


@pytest.mark.parametrize("other", [4, 6])
async def test_a_stop_of_another_incarnation_changes_nothing(world: World, other: int) -> None:
    await world.runtime.ensure(world.running(3, 5))
    before = await phase(world.runtime, 3, Phase.RUNNING)
    await world.runtime.stop("Thing", 3, other, grace_s=0)
    assert await seen_of(world.runtime, 3) == before


async def test_stopping_what_is_gone_succeeds(world: World) -> None:
    await world.runtime.stop("Thing", 3, 1, grace_s=0)
    await world.start_ending(3, 1, "bye")
    await phase(world.runtime, 3, Phase.ENDED)
    await world.runtime.stop("Thing", 3, 1, grace_s=0)


async def test_a_deaf_instance_is_stopping_until_its_grace_is_over(world: World) -> None:
    await world.start_deaf(3, 1)
    await world.runtime.stop("Thing", 3, 1, grace_s=0.4)
    seen = await seen_of(world.runtime, 3)
    assert seen is not None
    assert seen.phase is Phase.STOPPING
    assert isinstance(await world.runtime.ensure(world.running(3, 2)), Occupied)
    await phase(world.runtime, 3, Phase.ENDED, None)


async def test_an_end_is_reported_with_what_is_known_of_it(world: World) -> None:
    await world.start_ending(3, 1, "the database is away")
    seen = await phase(world.runtime, 3, Phase.ENDED)
    assert seen is not None
    assert seen.incarnation == 1
    assert "exit code 3" in seen.detail
    assert (await seen_of(world.runtime, 3)) == seen
    assert await world.runtime.logs("Thing", 3, lines=1) == ["the database is away"]


async def test_an_incarnation_that_ended_is_never_started_again(world: World) -> None:
    await world.start_ending(3, 1, "bye")
    ended = await phase(world.runtime, 3, Phase.ENDED)
    assert await world.runtime.ensure(world.running(3, 1)) == Started()
    assert await seen_of(world.runtime, 3) == ended


async def test_news_tell_of_a_start_and_of_an_end(world: World) -> None:
    news = world.runtime.news()
    await world.runtime.ensure(world.running(3, 1))
    await world.runtime.stop("Thing", 3, 1, grace_s=5)
    phases = []
    async with asyncio.timeout(5):
        while Phase.ENDED not in phases:
            seen = await anext(news)
            assert (seen.kind, seen.shard, seen.incarnation) == ("Thing", 3, 1)
            phases.append(seen.phase)
    assert phases[0] in (Phase.PENDING, Phase.RUNNING)
    assert set(phases[:-1]) <= {Phase.PENDING, Phase.RUNNING, Phase.STOPPING}


async def test_every_listener_hears_the_news_and_closing_ends_them(world: World) -> None:
    first, second = world.runtime.news(), world.runtime.news()
    await world.runtime.ensure(world.running(3, 1))
    await phase(world.runtime, 3, Phase.RUNNING)
    await world.runtime.close()
    heard = [[seen.phase async for seen in news] for news in (first, second)]
    assert heard[0] == heard[1]
    assert Phase.RUNNING in heard[0]


async def test_kinds_are_observed_apart(world: World) -> None:
    await world.runtime.ensure(world.running(3, 1))
    assert await world.runtime.observe("Rule") == []


async def test_the_place_is_the_same_each_time_it_is_asked_for(world: World) -> None:
    assert await world.runtime.place() == await world.runtime.place()
