"""Who asks for an orchestration once more is told that nothing is to be changed, and nothing is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal, plan_orchestration
from orchestrator.core.hints import Claim
from orchestrator.core.model import ONE, KindState
from orchestrator.core.moves.policy import MovePolicy, MoveRule
from orchestrator.core.placement.rule_policy import Require, RulePolicy, Spread, Strategy
from orchestrator.core.policy import KindPolicy
from tests.core.ruled import create, pin, ruled
from tests.core.worlds import World, asked, world_of

ZONES = (("zone", ("x", "y", "x")),)


def bound() -> World:
    """Of shard 1, which holds the most, two ids may stand nowhere else, and two stand together."""
    world = ruled(
        RulePolicy(
            shard_labels=ZONES, require=(Require(label="zone", shard_label="zone"),), together=("friend",)
        ),
        each=20,
    )
    for name, home, labels in (
        ("a", 1, {"zone": "y"}),
        ("b", 1, {"zone": "y"}),
        ("c", 1, {"friend": "1"}),
        ("d", 1, {"friend": "1"}),
        ("e", 0, {}),
        ("f", 0, {}),
        ("g", 0, {}),
        ("h", 2, {}),
    ):
        pin(world, name, home)
        create(world, name, ONE, **labels)
        world.settle()
    for name in "abcdefgh":
        pin(world, name, None)
    assert world.uses() == {0: 3, 1: 4, 2: 1}
    return world


def again(world: World, name: str = "again") -> Goal:
    """Orchestrate as it was before; what says that it changes nothing writes nothing."""
    draft = world.draft()
    fresh = [one for one in world.catalog if one not in world.view.index]
    goal = plan_orchestration(draft, fresh, len(world.catalog), name)
    assert isinstance(goal, Goal), goal
    world.moves.clear()
    made = draft.plan()
    if not goal.changed:
        assert made.transactions == ()
        assert (goal.moves, goal.load_after) == ((), goal.load_before)
    world.commit(made)
    world.settle()
    return goal


def test_an_uneven_kind_whose_rules_let_nothing_move_is_left_alone() -> None:
    assert not again(bound()).changed


def test_a_kind_whose_rules_let_something_move_is_not() -> None:
    world = bound()
    create(world, "i")
    pin(world, "i", 1)
    asked(world)
    world.settle()
    pin(world, "i", None)
    assert world.owner("i") == 1
    assert again(world).moved
    assert world.owner("i") != 1


@pytest.mark.parametrize("strategy", [Strategy.EVEN, Strategy.WEIGHTED])
def test_an_uneven_kind_of_which_nothing_may_ever_move_is_left_alone(strategy: Strategy) -> None:
    world = world_of(30, init_instances=3, each=40)
    gone = [one for one in world.catalog if world.owner(one) == 0]
    world.drop(*gone)
    world.reconcile(dict.fromkeys(gone, Claim.DELETED))
    world.settle()
    world.policy = replace(world.policy, strategy=strategy)
    world.policy = replace(world.policy, move_policy=MovePolicy(rules=(MoveRule(never=True),)))
    assert not again(world).changed
    world.policy = replace(world.policy, move_policy=MovePolicy())
    assert again(world).moved


def test_a_goal_that_is_under_way_and_cannot_be_reached_is_not_written_anew() -> None:
    world = world_of(9, init_instances=4, each=9)
    home = {one: world.owner(one) for one in world.catalog}
    for one, number in home.items():
        pin(world, one, number)
    asked(world, most=3)
    world.settle()
    assert world.view.state.rebalance is not None
    assert not again(world).changed
    for one in home:
        pin(world, one, None)
    assert again(world).moved
    assert len(world.view.shards) == 3
    assert world.view.state.rebalance is None


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "zone": st.sampled_from("xy"),
        "friend": st.sampled_from("12"),
        "twin": st.sampled_from("123"),
        "spread": st.sampled_from("ab"),
    },
)
RULES = st.builds(
    RulePolicy,
    require=st.sampled_from([(), (Require(label="zone", shard_label="zone"),)]),
    together=st.sampled_from([(), ("friend",)]),
    apart=st.sampled_from([(), ("twin",)]),
    spread=st.sampled_from([None, Spread(over="zone", by="spread")]),
    shard_labels=st.just(ZONES),
)
IDS = st.lists(st.tuples(st.integers(1, 9), LABELS), min_size=1, max_size=16)
NUMBERS = st.dictionaries(st.integers(0, 15), st.integers(0, 4), max_size=5)

TURNS = 4
"""What is put right first may leave the rest uneven, and what is made even may stand against a wish."""


@settings(max_examples=60, deadline=None)
@given(
    RULES,
    st.sampled_from(list(Strategy)),
    IDS,
    NUMBERS,
    st.sets(st.integers(0, 15), max_size=10),
    st.sampled_from([0.0, 0.05, 0.3]),
    st.integers(3, 4),
)
def test_an_orchestration_that_is_repeated_writes_nothing(
    rules: RulePolicy,
    strategy: Strategy,
    ids: list[tuple[int, dict[str, str]]],
    pins: dict[int, int],
    gone: set[int],
    band: float,
    shards: int,
) -> None:
    """And as long as one says that it changes something, something moves."""
    policy = KindPolicy(
        init_instances=3,
        max_max_instances=9,
        chunk_size=4,
        dimensions=("memory",),
        extra_capacity=(60,),
        strategy=strategy,
        balance_band=band,
        rules=rules,
    )
    state = KindState(kind="Thing", resource_per_instance=12, max_instances=4)
    world = World(policy=policy, state=state, dimensions=2)
    for number, (weight, labels) in enumerate(ids):
        world.add(f"t{number}", weight=(1, weight), **labels)
    asked(world)
    world.settle()
    world.drop(*(f"t{number}" for number in gone))
    world.settle()
    for number, home in pins.items():
        pin(world, f"t{number}", home)
    world.policy = replace(world.policy, init_instances=shards)
    asked(world, most=shards)
    world.settle()
    for turn in range(TURNS):
        if not again(world, f"again-{turn}").changed:
            return
        assert world.moves
    raise AssertionError(f"not at rest after {TURNS} orchestrations: {world.view.state}")
