"""While something is away nothing is removed and what is served stays served; afterwards all is made good."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import pytest

from orchestrator.core.decisions import CommitResult, Transaction
from orchestrator.core.traits import Traits
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


async def test_a_hint_outlives_lookups_that_fail_and_waits_for_no_resync(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    lookup, failed = world.catalog.lookup, 0

    async def fail_at_first(kind: str, ids: Collection[str]) -> Mapping[str, Traits]:
        nonlocal failed
        if failed < 2:
            failed += 1
            raise Unavailable("the catalog was busy")
        return await lookup(kind, ids)

    monkeypatch.setattr(world.catalog, "lookup", fail_at_first)
    listings = []
    listing = world.catalog.listing
    monkeypatch.setattr(world.catalog, "listing", lambda kind: listings.append(kind) or listing(kind))
    world.publisher.create(KIND, ["new"])
    await world.until(lambda: held(world, "new"), 10.0, "the hint was tried again")
    assert failed == 2
    assert not listings


async def test_while_the_catalog_is_away_an_orchestration_is_refused_for_now(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("catalog")
    with pytest.raises(NotNow, match="catalog"):
        await orchestrate(world)
    with pytest.raises(Unavailable):
        await world.engine.resync(KIND, actor="test")


async def test_a_catalog_that_stands_still_lets_nobody_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    _stand_still(monkeypatch, world.catalog, "lookup", "listing")
    began = world.loop.time()
    with pytest.raises(NotNow, match="did not answer within 3 s"):
        await orchestrate(world)
    with pytest.raises(Unavailable, match="did not answer within 3 s"):
        await world.engine.resync(KIND, actor="test")
    assert world.loop.time() - began < 7.0
    for most in (1.1, 0.5):
        began = world.loop.time()
        found = await world.engine.resource(KIND, "t3")
        assert found is not None and found.shard is not None and found.in_catalog is None
        assert world.loop.time() - began < most
    (told,) = [one for one in world.engine.overview().dependencies if one.name == f"catalog {KIND}"]
    assert (told.ok, told.detail) == (False, f"the catalog of {KIND} did not answer within 3 s")
    monkeypatch.undo()


async def test_what_changed_while_the_catalog_was_away_is_found_when_it_is_back(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("catalog")
    await world.pass_(20.0)
    world.publisher.create(KIND, ["new"], tell=False)
    world.weather.out.clear()
    await world.until(lambda: held(world, "new"), 10.0, "it was looked for")


async def test_nobody_waits_for_a_store_that_stands_still_and_what_was_not_begun_is_dropped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    engine, moves = world.engine, asyncio.Event()
    leadership, commit = engine.leadership, engine.leadership.commit

    async def late(transaction: Transaction) -> CommitResult:
        await moves.wait()
        return await commit(transaction)

    monkeypatch.setattr(leadership, "commit", late)
    wishes = []
    for most in (50, 60):
        wishes.append(asyncio.ensure_future(orchestrate(world, max_instances=most)))
        # the catalog is asked first, which takes the one longer than the other
        await world.pass_(0.1)
    monkeypatch.setattr(leadership, "holds", lambda: False)
    for wish in wishes:
        with pytest.raises(NotNow, match="lost touch with the store, before it was known"):
            await asyncio.wait_for(wish, 2.0)
    monkeypatch.undo()
    moves.set()
    await world.pass_(5.0)
    assert engine.kind(KIND).max_instances == 50, "only what was begun is carried out"


def _stand_still(monkeypatch: pytest.MonkeyPatch, what: object, *names: str) -> None:
    async def never(*_given: object, **_more: object) -> None:
        await asyncio.Event().wait()

    for name in names:
        monkeypatch.setattr(what, name, never)


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
