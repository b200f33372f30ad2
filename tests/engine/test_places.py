"""The place where instances run stands in the store: who sees another one starts and stops nothing."""

from __future__ import annotations

import asyncio

from orchestrator.core.decisions import Refused
from orchestrator.engine.term import ASIDE_AFTER_S
from tests.engine.scenes import KIND, at_rest, journal, shards, things
from tests.simulation.world import World

HERE, THERE = "namespace iot (uid-1)", "namespace iot (uid-2)"


def said(world: World) -> str:
    return world.documents.seen[KIND].loaded.state.place


async def test_the_first_leader_has_its_place_written_down(world: World) -> None:
    world.runtime.where = HERE
    await at_rest(world, things(30))
    assert said(world) == HERE == world.engine.kind(KIND).place
    assert [line.detail for line in await journal(world, "place")] == [HERE]


async def test_a_runtime_that_has_no_place_is_asked_for_none(world: World) -> None:
    await at_rest(world, things(30))
    assert said(world) == ""
    assert await journal(world, "place") == []


async def test_nothing_is_started_before_the_place_is_known(world: World) -> None:
    world.runtime.where = HERE
    world.runtime.fail("place", times=1_000_000)
    world.publisher.create(KIND, things(30), tell=False)
    world.add_node("a")
    await world.pass_(20.0)
    assert world.workforce.started == [], "it may be another place than the store names"
    assert sum(shard.used for shard in shards(world).values()) == 30, "what needs no runtime goes on"
    world.runtime.heal()
    await world.rest(10.0)
    assert said(world) == HERE


async def succeeded_elsewhere(world: World) -> None:
    """A leader at HERE ends, and one follows that sees no instance, for it looks at THERE."""
    world.runtime.where = HERE
    await at_rest(world, things(30))
    node = world.nodes[0]
    node.crash()
    await node.gone()
    world.runtime.where = THERE
    node.start()
    await world.until(lambda: node.leads, 30.0, "the next life leads")
    await world.pass_(10.0)


async def test_a_replica_of_another_place_starts_and_stops_nothing_and_says_why(world: World) -> None:
    await succeeded_elsewhere(world)
    before = dict(shards(world))
    world.runtime.end(KIND, 1, 2)
    await world.pass_(10.0)
    [alarm] = world.engine.kind(KIND).alarms
    assert HERE in alarm and THERE in alarm and f"shardwright place accept {KIND}" in alarm
    runtime = next(one for one in world.engine.overview().dependencies if one.name == f"runtime {KIND}")
    assert (runtime.ok, runtime.detail) == (False, alarm)
    known = world.engine.kind(KIND)
    assert (known.place, known.place_here) == (HERE, THERE)
    assert {n: (s.instance, s.incarnation) for n, s in shards(world).items()} == {
        n: (s.instance, s.incarnation) for n, s in before.items()
    }
    assert len(world.workforce.started) == 10
    world.runtime.where = HERE
    world.nodes[0].crash()
    await world.nodes[0].gone()
    world.nodes[0].start()
    await world.rest(60.0)


async def test_such_a_replica_makes_room_for_another(world: World) -> None:
    await succeeded_elsewhere(world)
    terms = world.engine.counters["terms"]
    node = world.nodes[0]
    assert node.engine is not None
    engine = node.engine
    await world.until(lambda: engine.counters["terms"] > terms, ASIDE_AFTER_S + 10, "it stands aside")


async def test_a_move_is_accepted_when_nothing_is_heard_of_at_the_former_place(world: World) -> None:
    await succeeded_elsewhere(world)
    answer = await world.engine.accept_place(KIND, instead_of=HERE, actor="test")
    assert isinstance(answer, Refused) and "still run at the other place" in answer.detail
    for number, shard in sorted(shards(world).items()):
        world.runtime.end(KIND, number, shard.incarnation)
    await world.pass_(world.settings.health.deadline + 1)
    await world.until(lambda: world.leader is not None, 10.0, "it leads")
    answer = await world.engine.accept_place(KIND, instead_of=THERE, actor="test")
    assert isinstance(answer, Refused) and "Look at it again" in answer.reasons[0]
    assert await world.engine.accept_place(KIND, instead_of=HERE, actor="test") is None
    assert said(world) == THERE
    await world.rest(60.0)
    assert (world.engine.kind(KIND).place, world.engine.kind(KIND).place_here) == (THERE, "")
    assert [line.actor for line in await journal(world, "input-accept-place")] == ["test"] * 3
    again = await world.engine.accept_place(KIND, instead_of=THERE, actor="test")
    assert isinstance(again, Refused) and again.reason == "unchanged"


async def test_a_move_is_not_accepted_before_the_former_instances_would_have_been_heard_of(
    world: World,
) -> None:
    world.runtime.where = HERE
    await at_rest(world, things(30))
    # they run on, and none of their beats arrives yet
    world.heartbeats.cut()
    node = world.nodes[0]
    node.crash()
    await node.gone()
    world.runtime.where = THERE
    node.start()
    await world.until(
        lambda: node.leads and any(THERE in one for one in world.engine.kind(KIND).alarms), 30.0, "it says so"
    )
    answer = await world.engine.accept_place(KIND, instead_of=HERE, actor="test")
    assert isinstance(answer, Refused) and "only begun to listen" in answer.detail
    assert said(world) == HERE
    world.heartbeats.mend()
    world.runtime.where = HERE
    node.crash()
    await node.gone()
    node.start()
    await world.rest(60.0)


async def test_a_replica_that_cannot_tell_its_place_is_refused_by_a_store_that_names_one(
    world: World,
) -> None:
    world.runtime.where = HERE
    await at_rest(world, things(30))
    node = world.nodes[0]
    node.crash()
    await node.gone()
    world.runtime.where = ""
    node.start()
    await world.until(lambda: node.leads, 30.0, "the next life leads")
    await asyncio.sleep(5.0)
    [alarm] = world.engine.kind(KIND).alarms
    assert "a place that it cannot tell" in alarm
    world.runtime.where = HERE
    node.crash()
    await node.gone()
    node.start()
    await world.rest(60.0)
