"""An orchestration in the middle of another one, and one that a successor finds half done."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim
from tests.core.worlds import World, asked, world_of


def test_a_later_orchestration_supersedes_and_the_shares_come_out_even() -> None:
    """What is on its way to a giving shard counts as there, and is not given away a second time."""
    world = world_of(90, init_instances=3)
    asked(world, most=9, each=10)
    for number in (0, 1):
        world.acknowledge(number)
    asked(world, most=4, each=30)
    world.settle()
    assert world.spread() <= 1
    assert sorted(world.uses()) == [0, 1, 2, 3]


def test_a_shard_that_ids_are_on_their_way_to_gives_away_no_more_than_its_part() -> None:
    world = world_of(60, init_instances=3, move_floor=12)
    draft = world.draft()
    draft.release(1, list(world.view.shards[1].ids())[:10], 0, Reason.REBALANCED)
    world.commit(draft.plan())
    assert asked(world, most=4, each=16).moved == 20
    world.settle()
    assert world.uses() == {0: 15, 1: 15, 2: 15, 3: 15}


def test_what_is_on_its_way_to_a_shard_with_a_smaller_share_moves_on_once_it_is_there() -> None:
    world = world_of(8, init_instances=3, each=3, most=3)
    asked(world, most=4, each=2)
    asked(world, most=5)
    world.settle()
    assert world.spread() <= 1
    assert len(world.uses()) == 5


def test_ids_under_way_to_a_shard_that_is_gone_count_as_moving() -> None:
    world = world_of(40, init_instances=4, most=4, each=10, move_floor=5)
    asked(world, most=5, each=8)
    draft = world.draft()
    draft.drain(4, Reason.ORCHESTRATED)
    world.commit(draft.plan())
    world.reconcile(waiting=[4])
    assert world.view.load(4).reserved[0] == 5
    assert world.draft().moving() == 5


def test_a_successor_goes_on_from_the_stored_goal() -> None:
    world = world_of(60, init_instances=3, move_floor=5)
    asked(world, most=6, each=10)
    world.load()
    world.reports.clear()
    world.settle()
    assert world.spread() <= 1
    assert len(world.uses()) == 6
    assert world.view.state.rebalance is None


def test_a_plan_cut_off_before_its_goal_was_written_shows_it() -> None:
    world = world_of(0, init_instances=3)
    world.add(*(f"x{i:03}-{'y' * 500}" for i in range(2000)))
    world.orchestrate(at_most=1)
    goal = world.view.state.rebalance
    assert goal is not None
    assert not goal.is_planned
    world.settle()
    assert world.owned() == set(world.catalog)


def test_a_goal_waits_for_the_room_that_deleted_ids_still_take() -> None:
    world = world_of(12, init_instances=3, each=4, most=3)
    gone = list(world.view.shards[0].ids())
    world.drop(*gone)
    world.reconcile(dict.fromkeys(gone, Claim.DELETED))
    assert asked(world).moved == 2
    assert world.moves.total() == 0
    world.settle()
    assert world.spread() <= 1


def shrinking() -> World:
    """Five shards with 12 ids each, of which three are to have 20; nothing was released yet."""
    world = world_of(60, init_instances=5, move_floor=100)
    world.policy = replace(world.policy, init_instances=3)
    draft = world.draft()
    goal = plan_orchestration(draft, [], 60, "p", max_instances=None, resource_per_instance=30)
    assert isinstance(goal, Goal) and goal.draining == (3, 4)
    world.commit(draft.plan())
    return world


def go_on(world: World, awake: set[int], coming: set[int]) -> list[int]:
    """One step; how many ids are then on their way to each shard that stays."""
    draft = world.draft()
    continue_rebalance(draft, awake, coming)
    world.commit(draft.plan())
    return [world.view.load(number).reserved[0] for number in range(3)]


def test_draining_shards_keep_what_is_meant_for_shards_that_are_about_to_answer() -> None:
    """As after a change of leaders, when not everybody has spoken to the new one yet."""
    world = shrinking()
    assert go_on(world, awake={1, 3, 4}, coming={0, 2}) == [0, 8, 0]
    assert go_on(world, awake={0, 1, 3, 4}, coming={2}) == [8, 8, 0]
    assert go_on(world, awake={0, 1, 2, 3, 4}, coming=set()) == [8, 8, 8]
    world.settle()
    assert world.uses() == {0: 20, 1: 20, 2: 20}


def test_draining_shards_wait_for_nobody_whose_instance_keeps_ending() -> None:
    assert go_on(shrinking(), awake={1, 3, 4}, coming=set()) == [0, 18, 0]
