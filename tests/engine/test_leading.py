"""One leads; who does not lead writes nothing and answers no worker."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.engine.answers import Turned
from orchestrator.errors import NotNow
from orchestrator.ports import Beat
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, held, journal, orchestrate, owner, shards, things
from tests.simulation.faulty_store import Fault
from tests.simulation.world import World


async def test_a_second_orchestrator_takes_over_when_the_first_is_gone(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    assert (first.leads, second.leads) == (True, False)
    first.crash()
    took = await world.until(lambda: second.leads, 10.0, "the second leads")
    assert took >= 5.0, "not before the session of the first has ended"
    world.publisher.create(KIND, ["new"])
    await world.rest(10.0)


async def test_a_frozen_leader_wakes_up_deposed_writes_nothing_and_answers_503(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    engine = first.engine
    assert engine is not None
    first.freeze()
    await world.until(lambda: second.leads, 10.0, "the second leads")
    world.publisher.create(KIND, ["new"])
    await world.rest(60.0)
    shard = shards(world)[4]
    answers = [
        asyncio.ensure_future(
            engine.exchange(
                Beat(
                    kind=KIND,
                    shard=4,
                    received=world.loop.time(),
                    incarnation=shard.incarnation,
                    generation=-1,
                    pending=frozenset(),
                )
            )
        )
        for _ in range(2)
    ]
    first.thaw()
    for answer in await asyncio.gather(*answers):
        assert isinstance(answer, Turned) and answer.status == 503
    with pytest.raises(NotNow):
        await engine.orchestrate(
            KIND, max_instances=5, resource_per_instance=None, dry_run=False, actor="test"
        )
    await world.pass_(60.0)
    assert second.leads and not first.leads


async def test_an_exchange_that_waits_is_refused_when_the_office_is_lost_meanwhile(world: World) -> None:
    await at_rest(world, things(30), nodes=2)
    first, second = world.nodes
    assert first.engine is not None
    shard = shards(world)[4]
    waiting = asyncio.ensure_future(
        first.engine.exchange(
            Beat(
                kind=KIND,
                shard=4,
                received=world.loop.time(),
                incarnation=shard.incarnation,
                generation=shard.generation,
                pending=frozenset(),
            )
        )
    )
    await asyncio.sleep(0.01)
    world.workforce.muted = {(KIND, 4)}
    first.freeze()
    await world.until(lambda: second.leads, 10.0, "the second leads")
    first.thaw()
    answer = await waiting
    assert isinstance(answer, Turned) and answer.status == 503


async def test_an_office_that_ended_unnoticed_is_taken_anew(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("store")
    await world.pass_(20.0)
    assert world.leader is None
    world.weather.out.clear()
    await world.until(lambda: world.leader is not None, 5.0, "leads again")
    await world.rest(30.0)
    assert len(world.workforce.started) == 10


async def test_a_wish_is_answered_even_when_the_office_is_lost_over_it(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("catalog")
    engine = world.engine
    asking = asyncio.ensure_future(orchestrate(world))
    resyncing = asyncio.ensure_future(engine.resync(KIND, actor="test"))
    await asyncio.sleep(0.001)
    engine.leadership.lose("test")
    done, pending = await asyncio.wait([asking, resyncing], timeout=5.0)
    assert not pending
    assert all(isinstance(one.exception(), Exception) for one in done)
    world.weather.out.clear()
    await world.rest(30.0)


@pytest.mark.parametrize("fault", [Fault.APPLIED, Fault.LOST, Fault.LATE])
async def test_a_doubtful_commit_is_settled_by_a_new_nonce(world: World, fault: Fault) -> None:
    await at_rest(world, things(30))
    store = world.nodes[0].store
    assert store is not None
    store.faulty.inject("commit", fault)
    world.publisher.create(KIND, ["new"])
    await world.until(lambda: held(world, "new"), 1.0, "placed in spite of it")
    await store.faulty.deliver()
    await world.rest(5.0)
    assert len([line for line in await journal(world, "assign") if "new" in line.ids]) <= 1
    assert world.engine.overview().counters["reloads"] == 1


async def test_a_nonce_whose_reply_is_lost_is_tried_until_it_is_certain(world: World) -> None:
    await at_rest(world, things(30))
    store = world.nodes[0].store
    assert store is not None
    store.faulty.inject("commit", Fault.LOST)
    store.faulty.inject("fence", Fault.APPLIED, Fault.LOST, Fault.UNAVAILABLE)
    world.publisher.create(KIND, ["new"])
    await world.rest(5.0)
    assert owner(world, "new") is not None


async def test_a_doubt_of_one_kind_deposes_no_other(make_world: MakeWorld) -> None:
    world = make_world(kinds=("Thing", "Rule"))
    world.publisher.create("Rule", ["r1"], tell=False)
    await at_rest(world, things(30))
    world.weather.latency_s = 0.02
    store = world.nodes[0].store
    assert store is not None
    for number in range(20):
        store.faulty.inject("commit", Fault.LOST, None)
        world.publisher.create("Thing", [f"x{number}"])
        world.publisher.create("Rule", [f"y{number}"])
        await world.pass_(1.0)
    assert world.nodes[0].leads
    assert world.engine.leadership.office is not None and world.engine.leadership.office.epoch == 1
    await world.rest(10.0)


async def test_a_foreign_write_is_a_conflict_after_which_all_goes_on(world: World) -> None:
    await at_rest(world, things(30))
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: body)
    world.publisher.create(KIND, ["new"])
    await world.until(lambda: held(world, "new"), 0.1, "placed after a reload", step=0.001)
    assert world.engine.overview().counters["commits.conflict"] == 1


async def test_a_foreign_write_is_noticed_by_a_leader_that_has_nothing_to_write(
    make_world: MakeWorld,
) -> None:
    """Whatever it counts: that the store is ahead is no sign of a commit of ours, unless one is under way."""
    world = make_world(resync_interval=10.0)
    await at_rest(world, things(30))
    path = world.documents.layout.kind(KIND)
    world.documents.by_hand(path, lambda body: {**body, "commit": 1000, "resourcePerInstance": 77})
    await world.pass_(15.0)
    assert world.engine.counters["edited"] == 1
    assert world.engine.kind(KIND).resource_per_instance == 77
