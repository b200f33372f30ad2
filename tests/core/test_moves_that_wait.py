"""Orchestrations under a move policy: soft moves wait for it, hard ones do not, nothing ends too early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.balance.preview import planned_moves
from orchestrator.core.model import KindState
from orchestrator.core.moves.gate import MoveGate
from orchestrator.core.moves.policy import MovePolicy, MoveRule, Quiet, WaitCode
from orchestrator.core.placement.rule_policy import Strategy
from tests.core.test_levelling import heat, heavy
from tests.core.test_move_policy import GOLD, NOON, Known
from tests.core.worlds import World, asked, world_of

STRATEGIES = [Strategy.EVEN, Strategy.WEIGHTED]
ALWAYS = Quiet.parse("00:00-23:59")


def growing(strategy: Strategy, *, floor: int = 100) -> World:
    """Three shards that are to become four, the first ids gold; nothing was released yet."""
    if strategy is Strategy.EVEN:
        world = world_of(40, init_instances=3, each=40, move_floor=floor)
    else:
        world = heavy([10 + n % 3 for n in range(40)], shards=3, move_floor=floor)
    world.labels.update({f"t{n}": GOLD for n in range(20)})
    world.view.learn(world.said(world.catalog))
    world.policy = replace(world.policy, init_instances=4)
    draft = world.draft()
    assert isinstance(plan_orchestration(draft, [], 40, "p"), Goal)
    world.commit(draft.plan())
    return world


def step(world: World, policy: MovePolicy, known: Known | None = None, *, wall: float = NOON) -> MoveGate:
    """One pass of the leader under this policy, all instances answering."""
    draft = world.draft()
    gate = MoveGate(policy, draft.labels, known or Known(), wall=wall)
    continue_rebalance(draft, gate=gate)
    world.commit(draft.plan())
    return gate


def moving(world: World) -> set[str]:
    return {i for s in world.view.shards.values() for _, e in s.entries() if e.to is not None for i in e.ids}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_in_quiet_hours_nothing_moves_and_the_orchestration_stays_under_way(strategy: Strategy) -> None:
    world = growing(strategy)
    quiet = MovePolicy(rules=(MoveRule(quiet=(Quiet.parse("11:00-13:00 Europe/Berlin"),)),))
    gate = step(world, quiet)
    assert moving(world) == set() and world.view.state.rebalance is not None
    assert gate.first is not None and gate.first.code is WaitCode.QUIET
    assert gate.first.until is not None
    step(world, quiet, wall=gate.first.until)
    assert moving(world)
    world.settle()
    assert world.view.state.rebalance is None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_never_moved_stays_and_others_go_instead(strategy: Strategy) -> None:
    world = growing(strategy)
    gate = step(world, MovePolicy(rules=(MoveRule(labels=GOLD, never=True),)))
    assert moving(world) and not moving(world) & {f"t{n}" for n in range(20)}
    assert not gate.is_waiting


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_where_all_are_never_moved_the_orchestration_ends(strategy: Strategy) -> None:
    world = growing(strategy)
    step(world, MovePolicy(rules=(MoveRule(never=True),)))
    assert world.view.state.rebalance is None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_more_than_so_many_warm_up_at_once(strategy: Strategy) -> None:
    world = growing(strategy)
    policy = MovePolicy(rules=(MoveRule(warming=2),))
    step(world, policy)
    assert len(moving(world)) == 2
    # they have arrived, and their new owner has yet to say so
    warm = moving(world)
    for number in world.view.shards:
        world.acknowledge(number)
    step(world, policy, Known(warming=warm))
    assert moving(world) == warm
    assert world.view.state.rebalance is not None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_drain_is_stopped_by_nothing(strategy: Strategy) -> None:
    world = world_of(40, init_instances=5, each=40)
    world.policy = replace(world.policy, init_instances=3, strategy=strategy)
    world.state = KindState(kind="Thing")
    draft = world.draft()
    goal = plan_orchestration(draft, [], 40, "p")
    assert isinstance(goal, Goal) and goal.draining
    world.commit(draft.plan())
    nothing = MovePolicy(rules=(MoveRule(never=True, quiet=(ALWAYS,), warming=1, per_day=1),), cooldown=3600)
    step(world, nothing, Known({one: [NOON - 1] for one in world.catalog}, warming=list(world.catalog)))
    left = {i for number in goal.draining for i in world.view.shards[number].ids()}
    assert left == set() and len(moving(world)) == 16


def test_a_shard_that_holds_more_than_it_can_waits_for_nothing() -> None:
    world = heavy([5] * 40, strategy=Strategy.STICKY, shards=4, capacity=200)
    heat(world, 1, 5)
    world.view.weigh(world.catalog)
    draft = world.draft()
    assert isinstance(plan_orchestration(draft, [], 40, "p"), Goal)
    world.commit(draft.plan())
    step(world, MovePolicy(rules=(MoveRule(never=True),)))
    assert len(moving(world)) == 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_preview_leaves_out_what_is_never_moved_and_no_more(strategy: Strategy) -> None:
    world = growing(strategy)
    rules = (MoveRule(labels=GOLD, never=True), MoveRule(quiet=(ALWAYS,), warming=1, per_day=1))
    world.policy = replace(world.policy, move_policy=MovePolicy(rules=rules))
    draft = world.draft()
    goal = plan_orchestration(draft, [], 40, "p")
    assert isinstance(goal, Goal)
    moves = list(planned_moves(draft, goal))
    assert moves and not {move.id for move in moves} & {f"t{n}" for n in range(20)}


def test_a_kind_at_rest_is_not_touched_by_its_policy() -> None:
    world = growing(Strategy.WEIGHTED)
    world.settle()
    world.policy = replace(world.policy, move_policy=MovePolicy(rules=(MoveRule(never=True),)))
    assert asked(world).moved == 0
