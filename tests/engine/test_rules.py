"""Weights, labels, pins and rules in the engine: followed, told, and kept over a change of leader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.decisions import Refused
from orchestrator.core.model import ONE
from orchestrator.core.placement.rule_policy import Require, RulePolicy
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import Traits, labels_of
from orchestrator.engine.answers.placement import Pinned
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.ports import Listing
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, orchestrate, owned_by, owner, shards, succeed, things
from tests.simulation.world import World

APART = KindPolicy(init_instances=3, rules=RulePolicy(apart=("twin",)))
REQUIRE = KindPolicy(init_instances=3, rules=RulePolicy(require=(Require(label="zone", shard_label="zone"),)))


async def pinned(world: World, resource_id: str, number: int) -> Pinned:
    answer = await world.engine.pin(KIND, resource_id, shard=number, actor="test")
    assert isinstance(answer, Pinned), answer
    return answer


def twin(world: World, resource_id: str, value: str) -> None:
    world.catalog.put(KIND, {resource_id: Traits(ONE, labels_of({"twin": value}))})


async def test_a_pinned_id_moves_at_the_next_orchestration_and_stays_pinned_with_a_new_leader(
    world: World,
) -> None:
    await at_rest(world, things(30))
    home = owner(world, "t3")
    assert home is not None
    other = next(n for n in shards(world) if n != home)
    answer = await pinned(world, "t3", other)
    assert (answer.state, answer.detail) == (
        "waiting",
        f"it stands on shard {home}; the next orchestration moves it",
    )
    await orchestrate(world)
    await world.until(lambda: owner(world, "t3") == other, 30.0, "moved")
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    assert [(one.id, one.shard, one.state) for one in world.engine.pins(KIND)] == [("t3", other, "held")]
    await orchestrate(world)
    await world.rest(30.0)
    assert owner(world, "t3") == other
    assert await world.engine.unpin(KIND, "t3", actor="test")
    assert not await world.engine.unpin(KIND, "t3", actor="test")
    assert world.engine.pins(KIND) == []


async def test_only_what_the_catalog_lists_is_pinned(world: World) -> None:
    await at_rest(world, things(5))
    assert await world.engine.pin(KIND, "nobody", shard=1, actor="test") is None
    assert isinstance(await world.engine.pin(KIND, "t1", shard=100, actor="test"), Refused)


async def test_an_unowned_id_is_placed_at_once_when_a_shard_gets_its_label(make_world: MakeWorld) -> None:
    world = make_world(policy=REQUIRE)
    await at_rest(world, things(4))
    world.catalog.put(KIND, {"n": Traits(ONE, labels_of({"zone": "b"}))})
    world.publisher.create(KIND, [])
    await world.engine.resync(KIND, actor="test")
    await world.pass_(2.0)
    (unplaced,) = world.engine.kind(KIND).unplaced
    assert (unplaced.id, unplaced.reason) == ("n", "required")
    assert "asks for a shard whose zone is b" in unplaced.detail
    answer = await world.engine.set_shard(KIND, 1, labels={"zone": "b"}, capacity={}, actor="test")
    assert isinstance(answer, ShardStatus) and answer.labels == {"zone": "b"}
    await world.until(lambda: owner(world, "n") == 1, 2.0, "placed")
    assert world.engine.kind(KIND).unplaced == ()


async def test_what_is_set_of_a_shard_outlives_its_leader_and_an_orchestration(world: World) -> None:
    await at_rest(world, things(30))
    answer = await world.engine.set_shard(KIND, 2, labels={"zone": "a"}, capacity={"count": 2}, actor="test")
    assert isinstance(answer, ShardStatus)
    assert (answer.count, answer.capacity, answer.bounds) == (2, {"count": 2}, {"count": 2})
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await orchestrate(world)
    await world.rest(60.0)
    found = shards(world)[2]
    assert (found.labels, found.bounds, found.capacity) == ((("zone", "a"),), (("count", 2),), (2,))
    assert found.used <= 2
    refused = await world.engine.set_shard(KIND, 2, labels={}, capacity={"cpu": 1}, actor="test")
    assert isinstance(refused, Refused) and "there is no dimension 'cpu'" in refused.reasons[0]
    assert await world.engine.set_shard(KIND, 99, labels={}, capacity={}, actor="test") is None


async def test_a_new_leader_knows_the_labels_before_it_places_anything(make_world: MakeWorld) -> None:
    world = make_world(policy=APART)
    await at_rest(world, [])
    for number in range(2):
        twin(world, f"t{number}", "x")
    await world.engine.resync(KIND, actor="test")
    await world.until(lambda: owner(world, "t1") is not None, 5.0, "placed")
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    twin(world, "t2", "x")
    world.publisher.create(KIND, ["t3"])
    await world.engine.resync(KIND, actor="test")
    await world.until(lambda: owner(world, "t2") is not None, 10.0, "placed")
    assert len({owner(world, f"t{number}") for number in range(3)}) == 3


async def test_a_lookup_that_answers_before_the_listing_does_places_nothing(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(policy=replace(APART, init_instances=2))
    # t0 and t1 are twins
    await at_rest(world, ["t0", *things(9, 12)])
    home = owner(world, "t0")
    assert home is not None
    # so that the shard of the first twin would be the least full for the second
    world.publisher.delete(KIND, [i for i in owned_by(world, home) if i != "t0"])
    await world.until(lambda: owned_by(world, home) == {"t0"}, 30.0, "alone")
    node = world.nodes[0]
    node.crash()
    world.weather.out.add("catalog")
    await succeed(world, node)
    await world.until(
        lambda: "resync" in {one.subject for one in world.engine.kind(KIND).issues}, 30.0, "read"
    )
    listing = world.catalog.listing

    async def slow(kind: str) -> Listing:
        await asyncio.sleep(8.0)
        return await listing(kind)

    monkeypatch.setattr(world.catalog, "listing", slow)
    world.weather.out.clear()
    world.publisher.create(KIND, ["t1"])
    await world.pass_(6.0)
    assert owner(world, "t1") is None
    await world.until(lambda: owner(world, "t1") not in (None, home), 20.0, "placed apart")


async def test_a_leader_that_could_not_read_the_catalog_yet_drains_nothing_blindly(
    make_world: MakeWorld,
) -> None:
    world = make_world(policy=APART)
    # t0 and t1 are twins
    await at_rest(world, ["t0", "t1", *things(9, 12)])
    first, second = owner(world, "t0"), owner(world, "t1")
    assert first is not None and second is not None
    # so that the shard of the first twin would be the least full for the second
    world.publisher.delete(KIND, [i for i in owned_by(world, first) if i != "t0"])
    await world.until(lambda: owned_by(world, first) == {"t0"}, 30.0, "alone")
    node = world.nodes[0]
    node.crash()
    world.weather.out.add("catalog")
    await succeed(world, node)
    await world.pass_(5.0)
    await world.engine.drain(KIND, second, actor="test")
    await world.pass_(20.0)
    assert owner(world, "t1") == second
    world.weather.out.clear()
    await world.until(lambda: owner(world, "t1") not in (None, first, second), 30.0, "moved apart")


async def test_what_a_listing_says_is_not_lost_to_a_view_that_is_loaded_meanwhile(
    make_world: MakeWorld,
) -> None:
    world = make_world(policy=APART)
    await at_rest(world, things(10))
    assert world.engine.term is not None
    tenure, began = world.engine.term.stewards[KIND].tenure, asyncio.Event()

    async def slow(work: Callable[[], Any]) -> Any:
        answer = work()
        began.set()
        await asyncio.sleep(3.0)
        return answer

    tenure.around = replace(tenure.around, offload=slow)
    reload = asyncio.create_task(tenure.reload())
    await began.wait()
    twin(world, "t3", "x")
    resync = asyncio.create_task(world.engine.resync(KIND, actor="test"))
    await reload
    await resync
    assert tenure.view.labels["t3"] == labels_of({"twin": "x"})


async def test_weights_that_cannot_be_used_are_counted_and_named(world: World) -> None:
    await at_rest(world, things(5))
    doubt = "cpu is negative (-3), so it counts as one"
    world.catalog.put(KIND, {"t2": Traits(ONE, (), doubt)})
    await world.engine.resync(KIND, actor="test")
    told = f"1 resources have weights or labels that cannot be used, e.g. t2: {doubt}"
    assert told in world.engine.kind(KIND).alarms
    assert owner(world, "t2") is not None
    world.catalog.put(KIND, ["t2"])
    await world.engine.resync(KIND, actor="test")
    assert told not in world.engine.kind(KIND).alarms


async def test_shards_get_the_labels_that_are_new_in_the_settings(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(rules=RulePolicy(shard_labels=(("zone", ("a", "b")),))))
    await at_rest(world, things(5))
    for number, shard in shards(world).items():
        assert shard.labels == (("zone", "ab"[number % 2]),)
