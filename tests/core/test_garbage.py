"""What a plan of a large kind leaves behind: nothing that waits for the collector of cycles."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator

import pytest

from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.draft import Draft
from orchestrator.core.model import KindState
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.plans.figures import take_stock
from orchestrator.core.plans.proposing import Asked, proposal_of
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import Traits
from orchestrator.core.view import View

COUNT, BEFORE, AFTER = 2_000, 10, 12
FEW = 50
"""Objects of other threads and of pytest itself."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("strategy", [Strategy.WEIGHTED, Strategy.EVEN])
@pytest.mark.usefixtures("uncollected")
def test_a_plan_is_given_back_by_its_count_alone(strategy: Strategy) -> None:
    chance = random.Random(3)
    traits = {f"t{number}": Traits((1, chance.randint(1, 100))) for number in range(COUNT)}
    view = View.of(_state(BEFORE), {}, dimensions=2)
    draft = _draft(view, strategy, BEFORE)
    draft.learn(traits)
    assert isinstance(plan_orchestration(draft, list(traits), COUNT, "first", max_instances=BEFORE), Goal)
    for transaction in draft.plan().transactions:
        view.apply(transaction)
    del draft, transaction
    gc.collect()

    _plan(view, strategy)
    assert gc.collect() < FEW
    _move(view, strategy)
    assert gc.collect() < FEW


def _plan(view: View, strategy: Strategy) -> None:
    draft = _draft(view, strategy, AFTER)
    before = take_stock(draft)
    goal = plan_orchestration(draft, (), COUNT, "p-2", max_instances=AFTER)
    assert isinstance(goal, Goal) and goal.moved > FEW
    asked = Asked(
        number=2, actor="ann", wall=0.0, count=COUNT, fresh=(), measured=None, dimensions=("a", "b")
    )
    assert proposal_of(view, draft, goal, before, asked)[0].moves > FEW


def _move(view: View, strategy: Strategy) -> None:
    draft = _draft(view, strategy, AFTER)
    assert isinstance(plan_orchestration(draft, (), COUNT, "p-2", max_instances=AFTER), Goal)
    continue_rebalance(draft)
    assert draft.moving() > 0


def _draft(view: View, strategy: Strategy, shards: int) -> Draft:
    policy = KindPolicy(
        strategy=strategy,
        init_instances=shards,
        max_max_instances=100,
        max_resource_per_instance=COUNT,
        extra_capacity=(100 * COUNT // BEFORE,),
    )
    return Draft(view, policy, lambda: "op", Limits())


def _state(shards: int) -> KindState:
    return KindState(kind="Thing", resource_per_instance=4 * COUNT // BEFORE, max_instances=shards)
