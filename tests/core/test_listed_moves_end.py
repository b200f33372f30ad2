"""When every listed move of an orchestration has come to its end."""

from __future__ import annotations

import pytest

from orchestrator.core.balance.reshape import drain_the_rest
from orchestrator.core.model import Rebalance
from tests.core.worlds import world_of


@pytest.mark.parametrize(
    "goal",
    [
        Rebalance(id="p-1", gives=((0, 10),), takes=((1, 30),)),
        Rebalance(id="p-1", bound=1, left=40),
    ],
    ids=["by count", "by weight"],
)
def test_nothing_is_moved_beyond_the_list_and_the_goal_is_reached(goal: Rebalance) -> None:
    world = world_of(40, init_instances=2)
    setting = world.draft()
    setting.amend_state(rebalance=goal)
    world.commit(setting.plan())
    draft = world.draft()
    followed = drain_the_rest(draft, {0, 1}, ())
    assert followed == Rebalance(id="p-1")
    assert draft.state.rebalance is None
    assert draft.moving() == 0
