"""Orchestrations that people ask for."""

from __future__ import annotations

from contextlib import suppress

import pytest

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.errors import NotNow
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, orchestrate, owned_by, shards, succeed, things
from tests.simulation.faulty_store import Fault
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

SMALL = KindPolicy(init_instances=3)


async def test_orchestrating_twice_writes_nothing_the_second_time(world: World) -> None:
    await at_rest(world, things(2300))
    before = world.transactions
    summary = await orchestrate(world)
    await world.pass_(10.0)
    assert (summary.changed, summary.moves, summary.plan_id) == (False, 0, None)
    assert world.transactions == before


async def test_a_dry_run_tells_and_writes_nothing(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    before = world.transactions
    summary = await orchestrate(world, resource_per_instance=20, dry_run=True)
    assert (summary.shards_before, summary.shards_after, summary.moves) == (3, 6, 49)
    await world.pass_(10.0)
    assert world.transactions == before


async def test_orchestrating_up_moves_exactly_the_minimum(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    before = {number: owned_by(world, number) for number in shards(world)}
    summary = await orchestrate(world, resource_per_instance=20)
    await world.rest(60.0)
    moved = sum(len(ids - owned_by(world, number)) for number, ids in before.items())
    assert (summary.moves, moved) == (49, 49)
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


async def test_orchestrating_down_empties_exactly_the_shards_that_go(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=20)
    await at_rest(world, things(100))
    before = {number: owned_by(world, number) for number in shards(world)}
    summary = await orchestrate(world, resource_per_instance=50)
    await world.rest(60.0)
    assert sorted(shards(world)) == [n for n in range(6) if n not in summary.draining]
    assert len(shards(world)) == 3
    stayed = {n: before[n] & owned_by(world, n) for n in shards(world)}
    assert all(stayed[n] == before[n] for n in shards(world)), "those that stay give nothing away"
    assert summary.moves == sum(len(before[n]) for n in summary.draining)


async def test_no_more_than_the_limit_is_moving_at_once(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3, move_floor=7), resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=0.5)
    await at_rest(world, things(100))
    most = 0

    def count(transaction: object) -> None:
        nonlocal most
        most = max(most, len(world.documents.seen[KIND].releasing))

    world.on_commit = count
    await orchestrate(world, resource_per_instance=20)
    await world.rest(120.0)
    assert most == 7


async def test_a_later_orchestration_supersedes_the_first(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3, move_floor=5), resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=1.0)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=20)
    await world.pass_(1.0)
    await orchestrate(world, resource_per_instance=40)
    await world.rest(200.0)
    assert sorted(shard.used for shard in shards(world).values()) == [33, 33, 34]


async def test_values_out_of_range_are_refused_with_the_range(world: World) -> None:
    await at_rest(world, things(30))
    answer = await world.engine.orchestrate(
        KIND, max_instances=101, resource_per_instance=5001, dry_run=False, actor="test"
    )
    assert isinstance(answer, Refused)
    assert len(answer.reasons) == 2
    assert "3 to 100" in answer.reasons[0]


async def test_a_paused_kind_refuses_orchestration_and_does_not_grow(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=10)
    await at_rest(world, things(20))
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, "paused": True})
    world.publisher.create(KIND, things(15, first=100))
    await world.pass_(5.0)
    status = world.engine.kind(KIND)
    assert (status.paused, len(status.shards), status.counts.unowned) == (True, 3, 5)
    answer = await world.engine.orchestrate(
        KIND, max_instances=None, resource_per_instance=None, dry_run=False, actor="test"
    )
    assert isinstance(answer, Refused)
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, "paused": False})
    world.publisher.delete(KIND, ["t3"])
    await world.rest(310.0)


async def test_an_orchestration_is_taken_on_by_the_next_leader(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3, move_floor=5), resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=1.0)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=20)
    await world.pass_(2.0)
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.rest(200.0)
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


@pytest.mark.parametrize("survived", range(1, 8))
async def test_a_crash_after_any_transaction_of_an_orchestration_ends_in_the_same_shares(
    make_world: MakeWorld, survived: int
) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40, limits=Limits(operations=25))
    await at_rest(world, things(100))
    node, since = world.nodes[0], world.transactions

    def crash(transaction: object) -> None:
        if world.transactions - since == survived:
            node.crash()

    world.on_commit = crash
    asking = world.loop.spawn(node.label, orchestrate(world, resource_per_instance=20))
    await world.pass_(2.0)
    asking.cancel()
    await succeed(world, node)
    await world.rest(120.0)
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


@pytest.mark.parametrize("sent", range(1, 8))
async def test_an_orchestration_that_failed_in_the_middle_is_finished_by_the_same_leader(
    make_world: MakeWorld, sent: int
) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40, limits=Limits(operations=25))
    await at_rest(world, things(100))
    store = world.nodes[0].store
    assert store is not None
    store.faulty.inject("commit", *[None] * sent, Fault.UNAVAILABLE)
    with suppress(NotNow):
        await orchestrate(world, resource_per_instance=20)
    await world.rest(120.0)
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


async def test_growth_adds_the_lowest_free_shard_when_none_has_room(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=10)
    await at_rest(world, things(25))
    world.publisher.create(KIND, things(10, first=100))
    await world.rest(10.0)
    assert sorted(shards(world)) == [0, 1, 2, 3]
    assert [line.reason for line in await journal(world, "create-shard")][-1] == "grown"


async def test_what_finds_no_room_at_the_maximum_is_unowned_with_a_reason(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=10, max_instances=3)
    await at_rest(world, things(25))
    world.publisher.create(KIND, things(10, first=100))
    await world.pass_(2.0)
    status = world.engine.kind(KIND)
    assert (status.counts.unowned, {one.reason for one in status.unplaced}) == (5, {"no-room"})
    await orchestrate(world, resource_per_instance=20)
    await world.rest(20.0)


async def test_what_the_runtime_would_not_let_in_is_refused_beforehand(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    world.runtime.room = 2
    before = world.transactions
    for dry_run in (True, False):
        refused = await world.engine.orchestrate(
            KIND, max_instances=None, resource_per_instance=20, dry_run=dry_run, actor="test"
        )
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.reasons) == (Reason.NO_PLACE, ("room for 2, not for 3",))
    assert world.transactions == before
    world.runtime.room = 3
    assert (await orchestrate(world, resource_per_instance=20)).shards_after == 6
