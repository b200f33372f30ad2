"""When a released id is free, and where it goes then (docs/architecture.md)."""

from __future__ import annotations

import pytest

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim
from orchestrator.core.model import Chunk, Instance, Protocol, Releasing, Shard, ShardState
from orchestrator.core.moves.handoff import Report, freed
from orchestrator.core.policy import KindPolicy
from tests.core.worlds import World, world_of

ENTRY = Releasing(generation=5, to=1, ids=("a", "b"))


def shard(instance: Instance = Instance.LIVE) -> Shard:
    return Shard(
        number=0,
        capacity=(10,),
        generation=7,
        incarnation=3,
        instance=instance,
        chunks=(Chunk(releasing=(ENTRY,)),),
    )


def free_ids(
    report: Report | None,
    *,
    instance: Instance = Instance.LIVE,
    protocol: Protocol = Protocol.V1,
    seen: float | None = None,
) -> tuple[str, ...]:
    found = freed(
        shard(instance),
        report,
        KindPolicy(protocol=protocol),
        now=100.0,
        first_seen={} if seen is None else {5: seen},
    )
    return tuple(i for one in found for i in one.ids)


@pytest.mark.parametrize(
    ("report", "free"),
    [
        (None, ()),
        (Report(incarnation=3, generation=4), ()),
        (Report(incarnation=3, generation=5), ("a", "b")),
        (Report(incarnation=3, generation=7), ("a", "b")),
        (Report(incarnation=3, generation=5, pending=frozenset("a")), ("b",)),
        (Report(incarnation=3, generation=5, pending=frozenset("ab")), ()),
        (Report(incarnation=3, generation=5, more=True), ()),
        (Report(incarnation=2, generation=9), ()),
        (Report(incarnation=4, generation=9), ()),
    ],
)
def test_only_the_current_incarnation_frees_what_it_does_not_hold(
    report: Report | None, free: tuple[str, ...]
) -> None:
    assert free_ids(report) == free
    assert free_ids(report, instance=Instance.STOPPING) == free


def test_a_shard_without_an_instance_holds_nothing() -> None:
    assert free_ids(None, instance=Instance.NONE) == ("a", "b")


@pytest.mark.parametrize(("seen", "free"), [(None, ()), (90.1, ()), (90.0, ("a", "b"))])
def test_workers_that_cannot_acknowledge_are_waited_for(seen: float | None, free: tuple[str, ...]) -> None:
    report = Report(incarnation=3, generation=7)
    assert free_ids(report, protocol=Protocol.SEED, seen=seen) == free


def moving(world: World, source: int, to: int, count: int = 1) -> list[str]:
    ids = list(world.view.shards[source].ids())[:count]
    draft = world.draft()
    draft.release(source, ids, to, Reason.REBALANCED)
    world.commit(draft.plan())
    world.acknowledge(source)
    return ids


@pytest.mark.parametrize("protocol", Protocol)
def test_a_free_id_goes_to_its_target_in_one_transaction(protocol: Protocol) -> None:
    world = world_of(12, init_instances=3, protocol=protocol)
    (one,) = moving(world, 0, 2)
    world.reconcile()
    world.now += 10
    done = world.transactions
    world.reconcile()
    assert world.owner(one) == 2
    assert world.transactions <= done + 1


def test_a_target_that_drains_or_is_gone_is_chosen_anew() -> None:
    for gone in (False, True):
        world = world_of(12, init_instances=4)
        (one,) = moving(world, 0, 3)
        draft = world.draft()
        if gone:
            draft.release(3, list(world.view.shards[3].ids()), 1, Reason.REBALANCED)
        draft.drain(3, Reason.ORCHESTRATED)
        world.commit(draft.plan())
        world.reconcile()
        assert world.owner(one) in (1, 2)


def test_an_id_returns_to_its_source_when_nothing_has_room() -> None:
    world = world_of(6, each=2, most=3, init_instances=3)
    world.checked = False
    (one,) = moving(world, 0, 2)
    world.reconcile()
    assert world.owner(one) == 0


def test_an_id_that_was_deleted_on_its_way_is_dropped() -> None:
    world = world_of(12, init_instances=3)
    (one,) = moving(world, 0, 2)
    world.drop(one)
    world.reconcile()
    assert one not in world.view.index


def delete(world: World, one: str) -> int:
    source = world.owner(one)
    assert source is not None
    world.drop(one)
    world.reconcile({one: Claim.DELETED})
    return source


def test_a_deleted_id_that_is_created_again_waits_until_it_is_free() -> None:
    world = world_of(12, init_instances=3)
    source = delete(world, "t0")
    world.add("t0")
    outcome = world.reconcile({"t0": Claim.CREATED})
    assert outcome.unplaced == {"t0": Reason.AWAITING_RELEASE}
    assert world.owner("t0") is None
    world.acknowledge(source, pending=["t0"])
    world.reconcile()
    assert world.owner("t0") is None
    world.acknowledge(source)
    world.reconcile()
    assert world.owner("t0") is not None


def test_a_deleted_id_that_is_created_again_takes_its_own_room_in_a_full_kind() -> None:
    world = world_of(6, each=2, most=3, init_instances=3)
    source = delete(world, "t0")
    world.add("t0")
    world.acknowledge(source)
    world.reconcile()
    assert world.owner("t0") == source


def test_moves_stop_where_the_catalog_is_unknown_only_for_deleted_ids() -> None:
    world = world_of(12, init_instances=3)
    (one,) = moving(world, 0, 2)
    two = next(iter(world.view.shards[1].ids()))
    delete(world, two)
    world.acknowledge(0)
    world.acknowledge(1)
    world.reconcile(is_catalog_known=False)
    assert world.owner(one) == 2
    assert world.view.index[two].shard == 1


def test_an_id_that_is_moved_waits_for_the_new_incarnation_of_its_source() -> None:
    world = world_of(12, init_instances=3)
    ids = list(world.view.shards[0].ids())[:1]
    draft = world.draft()
    draft.release(0, ids, 2, Reason.REBALANCED)
    draft.stop(0, Reason.SILENT)
    world.commit(draft.plan())
    world.reconcile()
    assert world.owner(ids[0]) is None
    world.reconcile(fenced=[0], waiting=[0])
    world.reconcile()
    assert world.owner(ids[0]) == 2


def test_ids_kept_by_a_newer_orchestration_return_to_where_they_were() -> None:
    world = world_of(40, init_instances=4)
    assert isinstance(world.orchestrate(most=8, each=6), Goal)
    assert isinstance(world.orchestrate(most=4, each=10), Goal)
    before = {i: place.shard for i, place in world.view.index.items()}
    world.settle()
    moved = [i for i, shard in before.items() if world.owner(i) != shard]
    assert world.spread() <= 1
    assert moved == []


def test_a_draining_shard_without_a_target_for_its_ids_keeps_them_and_its_instance() -> None:
    world = world_of(6, each=2, most=3, init_instances=3)
    draft = world.draft()
    draft.drain(0, Reason.ORCHESTRATED)
    world.commit(draft.plan())
    world.settle()
    assert world.view.shards[0].state is ShardState.DRAINING
    assert world.view.shards[0].instance is Instance.LIVE
    assert world.view.shards[0].used == 2
