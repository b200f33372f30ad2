"""A kind that the store has never seen."""

from __future__ import annotations

import pytest

from orchestrator.core.policy import KindPolicy
from orchestrator.errors import NotNow, UnknownKind
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, shards, things
from tests.simulation.world import World


async def test_a_kind_of_2300_is_orchestrated_once_on_ten_shards(world: World) -> None:
    await at_rest(world, things(2300))
    found = shards(world)
    assert sorted(found) == list(range(10))
    assert {shard.used for shard in found.values()} == {230}
    status = world.engine.kind(KIND)
    assert (status.ready, status.counts.owned, status.counts.catalog) == (True, 2300, 2300)
    assert world.engine.overview().ready


async def test_an_empty_kind_gets_its_initial_shards(world: World) -> None:
    await at_rest(world)
    assert {shard.used for shard in shards(world).values()} == {0}
    assert len(shards(world)) == 10


async def test_a_kind_that_does_not_fit_says_so_and_starts_once_it_fits(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), max_instances=3, resource_per_instance=10)
    world.publisher.create(KIND, things(40), tell=False)
    world.add_node()
    await world.pass_(15.0)
    status = world.engine.kind(KIND)
    assert not status.ready
    assert any("need 4 instances, the maximum is 3" in alarm for alarm in status.alarms)
    world.publisher.delete(KIND, things(20), tell=False)
    await world.rest(30.0)
    assert world.engine.kind(KIND).ready


async def test_an_unknown_kind_is_answered_with_the_known_ones(make_world: MakeWorld) -> None:
    world = make_world(kinds=("Thing", "Rule"))
    await at_rest(world)
    with pytest.raises(UnknownKind, match="Rule, Thing"):
        world.engine.kind("Thong")


async def test_a_store_of_another_installation_is_only_read(make_world: MakeWorld) -> None:
    world = make_world()
    await at_rest(world, things(30))
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, "storeId": "foreign"})
    node = world.nodes[0]
    node.crash()
    await node.gone()
    before = world.transactions
    node.start()
    await world.until(lambda: bool(node.engine and node.engine.closed_kinds), 20.0, "the kind is refused")
    with pytest.raises(NotNow, match="foreign"):
        world.engine.kind(KIND)
    await world.pass_(60.0)
    assert world.transactions == before
