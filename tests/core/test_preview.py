"""What is previewed is what happens: the same ids, from and to, for a kind that goes by count."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal, plan_orchestration
from orchestrator.core.balance.preview import planned_moves
from tests.core.worlds import asked, world_of


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 90), st.integers(3, 8), st.integers(3, 8), st.sampled_from([2, 100]))
def test_the_moves_of_a_preview_are_those_that_are_made(
    ids: int, before: int, after: int, floor: int
) -> None:
    world = world_of(ids, init_instances=before, each=200, move_floor=floor)
    world.policy = replace(world.policy, init_instances=after)
    draft = world.draft()
    goal = plan_orchestration(draft, [], ids, "p")
    assert isinstance(goal, Goal)
    moves = list(planned_moves(draft, goal))
    assert len({move.id for move in moves}) == len(moves)
    assert all(world.owner(move.id) == move.source != move.target for move in moves)
    asked(world)
    world.settle()
    if before < after:
        assert {move.id: move.target for move in moves} == {one: world.owner(one) for one in world.moves}
    else:
        assert {move.id for move in moves} == set(world.moves)


def test_a_kind_at_rest_has_nothing_to_preview() -> None:
    world = world_of(30, init_instances=3)
    draft = world.draft()
    goal = plan_orchestration(draft, [], 30, "p")
    assert isinstance(goal, Goal)
    assert list(planned_moves(draft, goal)) == []
