"""Each instance goes one step at a time, and only on evidence about the very incarnation."""

from __future__ import annotations

from orchestrator.core.decisions import Reason
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.model import Instance
from tests.core.worlds import World, world_of


def instance_of(world: World, number: int) -> Instance:
    return world.view.shards[number].instance


def test_replacing_takes_three_commits_in_this_order() -> None:
    world = world_of(9, init_instances=3)
    old = world.view.shards[1]
    ids = set(old.ids())
    verdict = Verdict(incarnation=old.incarnation, reason=Reason.SILENT)
    seen = []
    for fenced in ([], [1], []):
        world.reconcile(verdicts={1: verdict}, fenced=fenced)
        seen.append(world.view.shards[1].instance)
    assert seen == [Instance.STOPPING, Instance.NONE, Instance.LIVE]
    assert world.view.shards[1].incarnation > old.incarnation
    assert set(world.view.shards[1].ids()) == ids, "the death of an instance moves nothing"
    assert world.view.shards[1].generation == old.generation


def test_a_verdict_on_an_earlier_incarnation_is_void() -> None:
    world = world_of(9, init_instances=3)
    world.reconcile(
        verdicts={1: Verdict(incarnation=world.view.shards[1].incarnation - 1, reason=Reason.SILENT)}
    )
    assert world.view.shards[1].instance is Instance.LIVE


def test_evidence_does_not_end_an_instance_that_is_not_stopping() -> None:
    world = world_of(9, init_instances=3)
    done = world.transactions
    world.reconcile(fenced=[0, 1, 2])
    assert world.transactions == done


def test_a_shard_that_backs_off_gets_no_instance_yet() -> None:
    world = world_of(9, init_instances=3)
    verdict = Verdict(incarnation=world.view.shards[0].incarnation, reason=Reason.ENDED)
    world.reconcile(verdicts={0: verdict})
    world.reconcile(fenced=[0], waiting=[0])
    world.reconcile(waiting=[0])
    assert instance_of(world, 0) is Instance.NONE
    world.reconcile()
    assert instance_of(world, 0) is Instance.LIVE


def test_a_draining_shard_gets_no_new_instance() -> None:
    world = world_of(9, init_instances=3, each=3, most=3)
    draft = world.draft()
    draft.drain(0, Reason.ORCHESTRATED)
    draft.stop(0, Reason.OVERDUE)
    world.commit(draft.plan())
    world.reconcile(fenced=[0])
    world.reconcile()
    assert instance_of(world, 0) is Instance.NONE
    assert world.view.shards[0].used == 3


def test_an_empty_draining_shard_stops_ends_and_goes() -> None:
    world = world_of(0, init_instances=4)
    draft = world.draft()
    draft.drain(3, Reason.ORCHESTRATED)
    world.commit(draft.plan())
    world.reconcile()
    assert instance_of(world, 3) is Instance.STOPPING
    world.reconcile(fenced=[3])
    assert instance_of(world, 3) is Instance.NONE
    world.reconcile()
    assert 3 not in world.view.shards


def test_a_number_used_again_never_repeats_an_incarnation() -> None:
    world = world_of(0, init_instances=4)
    used = {shard.incarnation for shard in world.view.shards.values()}
    draft = world.draft()
    draft.drain(3, Reason.ORCHESTRATED)
    world.commit(draft.plan())
    world.settle()
    world.orchestrate()
    world.settle()
    assert world.view.shards[3].incarnation not in used


def test_a_shard_removed_and_made_anew_in_one_plan_takes_two_transactions() -> None:
    world = world_of(0, init_instances=4)
    draft = world.draft()
    draft.drain(3, Reason.ORCHESTRATED)
    draft.stop(3, Reason.DRAINED)
    draft.cut()
    draft.end(3)
    world.commit(draft.plan())
    draft = world.draft()
    draft.remove(3, Reason.DRAINED)
    draft.create(3, (5,), Reason.GROWN)
    plan = draft.plan()
    assert len(plan.transactions) == 2
    world.commit(plan)
    assert world.view.shards[3].generation == 0
