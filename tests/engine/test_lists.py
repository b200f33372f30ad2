"""Pages of resources and searches, by a leader and by one that only reads the store."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.engine.answers.reads import Listed, ResourcePage, ResourceQuery
from orchestrator.engine.reads import pages
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, orchestrate, owned_by, shards, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World


async def page(world: World, **wanted: object) -> ResourcePage:
    found = await world.engine.resource_page(ResourceQuery(kind=KIND, **wanted))  # type: ignore[arg-type]
    assert found is not None
    return found


async def test_every_resource_is_on_exactly_one_page(world: World) -> None:
    await at_rest(world, things(100))
    seen: list[str] = []
    after: str | None = None
    for _ in range(12):
        found = await page(world, limit=9, after=after)
        assert found.total == 100
        assert {one.state for one in found.items} == {Listed.OWNED}
        seen += [one.id for one in found.items]
        after = found.next
    assert after is None
    assert seen == sorted(things(100))


async def test_a_list_follows_what_is_created_and_deleted(world: World) -> None:
    await at_rest(world, things(20))
    assert (await page(world)).total == 20
    world.publisher.create(KIND, ["new-1", "new-2"])
    world.publisher.delete(KIND, ["t3"])
    await world.rest(30.0)
    found = await page(world, prefix="new-")
    assert [one.id for one in found.items] == ["new-1", "new-2"]
    assert found.total == 2
    assert (await page(world, prefix="t3")).items == ()
    assert (await page(world)).total == 21


async def test_a_shard_lists_what_stands_on_it(world: World) -> None:
    await at_rest(world, things(50))
    found = await page(world, shard=2, limit=500)
    assert {one.id for one in found.items} == owned_by(world, 2)
    assert found.total == len(found.items)
    assert await world.engine.resource_page(ResourceQuery(kind=KIND, shard=99)) is None


async def test_the_states_of_a_list_are_those_of_the_counts(make_world: MakeWorld) -> None:
    world = make_world(resource_per_instance=20)
    world.workforce.tempers = lambda spec: Temper(release_s=3.0)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=6)
    for _ in range(20):
        await asyncio.sleep(0.5)
        counts = world.engine.kind(KIND).counts
        listed = {state: await page(world, state=state, limit=500) for state in Listed}
        told = {state: len(one.items) for state, one in listed.items()}
        if counts == world.engine.kind(KIND).counts:
            assert (told[Listed.OWNED], told[Listed.ARRIVING], told[Listed.MOVING]) == (
                counts.owned,
                counts.arriving,
                counts.moving,
            )
        if told[Listed.MOVING]:
            break
    moving = listed[Listed.MOVING].items[0]
    assert (moving.shard, moving.to) != (None, None)
    assert moving.since is not None
    assert listed[Listed.MOVING].total == counts.moving
    await world.rest(120.0)


async def test_what_no_shard_has_is_listed_as_unowned(make_world: MakeWorld) -> None:
    world = make_world(max_instances=10, resource_per_instance=2)
    await at_rest(world, things(20))
    world.publisher.create(KIND, ["zz-1"])
    await world.pass_(5.0)
    found = await page(world, state=Listed.UNOWNED)
    assert [(one.id, one.shard) for one in found.items] == [("zz-1", None)]
    whole = await page(world, limit=500)
    assert (whole.items[-1].id, whole.total) == ("zz-1", 21)
    assert [one.id for one in await world.engine.search("zz-", kinds=[KIND], limit=5)] == ["zz-1"]


async def test_a_page_that_finds_little_ends_early_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_LOOKED_AT", 10)
    monkeypatch.setattr(pages, "STEP", 5)
    await at_rest(world, things(40))
    world.workforce.tempers = lambda spec: Temper(release_s=0.0)
    first = await page(world, state=Listed.OWNED, limit=500)
    assert (len(first.items), first.next) == (10, sorted(things(40))[9])


async def test_a_search_finds_the_id_itself_first_and_short_texts_alone(world: World) -> None:
    await at_rest(world, things(30))
    found = await world.engine.search("t1", kinds=[KIND], limit=5)
    assert [(one.kind, one.id) for one in found] == [(KIND, "t1")]
    world.publisher.create(KIND, ["abc", "abcd", "abce"])
    await world.rest(30.0)
    found = await world.engine.search("abc", kinds=[KIND], limit=2)
    assert [one.id for one in found] == ["abc", "abcd"]
    assert await world.engine.search("abc", kinds=[], limit=2) == []
    assert (found[0].shard in shards(world), found[0].state) == (True, Listed.OWNED)
