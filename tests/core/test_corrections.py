"""Ids that stand against a rule are put right first, by every strategy, by no more moves than that takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.corrections import astray
from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.moves.gate import MoveGate
from orchestrator.core.moves.policy import MovePolicy, MoveRule
from orchestrator.core.placement.pins import PAPER, encode_pins
from orchestrator.core.placement.rule_policy import Require, RulePolicy, Strategy
from orchestrator.core.traits import labels_of
from tests.core.test_move_policy import Known
from tests.core.worlds import World, asked, world_of


def ruled(world: World, rules: RulePolicy, *, strategy: Strategy = Strategy.EVEN) -> None:
    """The kind has these rules from now on."""
    world.policy = replace(world.policy, rules=rules, strategy=strategy)
    world.view.watch(rules.watched)


def labelled(world: World, **by: dict[str, str]) -> None:
    for resource_id, labels in by.items():
        world.labels[resource_id] = labels_of(labels)


def pin(world: World, **pins: int) -> None:
    draft = world.draft()
    draft.write_paper(PAPER, encode_pins(pins))
    world.commit(draft.plan())


@pytest.mark.parametrize("strategy", Strategy)
def test_a_pinned_id_that_stands_elsewhere_goes_to_its_shard(strategy: Strategy) -> None:
    world = world_of(12, init_instances=3)
    world.policy = replace(world.policy, strategy=strategy)
    one = next(iter(world.view.shards[0].ids()))
    pin(world, **{one: 2})
    goal = asked(world)
    assert (0, 2) in {(source, target) for source, target, _ in goal.moves}
    world.settle()
    assert world.owner(one) == 2
    assert world.view.state.rebalance is None


def test_a_pin_to_a_shard_that_is_not_there_moves_nothing() -> None:
    world = world_of(12, init_instances=3)
    pin(world, t0=77)
    assert asked(world).moved == 0
    world.settle()
    assert world.owner("t0") is not None


def test_an_id_goes_where_its_label_asks_for() -> None:
    world = world_of(12, init_instances=3)
    draft = world.draft()
    draft.amend(1, labels=labels_of({"gpu": "yes"}))
    world.commit(draft.plan())
    ruled(world, RulePolicy(require=(Require(label="gpu", shard_label="gpu"),)))
    labelled(world, t0={"gpu": "yes"}, t1={"gpu": "yes"}, t2={"gpu": "none"})
    asked(world)
    world.settle()
    assert (world.owner("t0"), world.owner("t1")) == (1, 1)
    assert world.owner("t2") is not None, "no shard is right for it: it stays where it is"


def test_a_label_that_asks_for_two_labels_of_a_shard_is_obeyed_in_both() -> None:
    world = world_of(12, init_instances=3)
    draft = world.draft()
    draft.amend(1, labels=labels_of({"zone": "a"}))
    draft.amend(2, labels=labels_of({"zone": "a", "store": "a"}))
    world.commit(draft.plan())
    both = (Require(label="site", shard_label="zone"), Require(label="site", shard_label="store"))
    ruled(world, RulePolicy(require=both))
    labelled(world, **{f"t{n}": {"site": "a"} for n in range(3)})
    asked(world)
    world.settle()
    assert {world.owner(f"t{n}") for n in range(3)} == {2}


def test_those_that_stand_apart_are_parted_with_one_move_less_than_there_are() -> None:
    world = world_of(12, init_instances=3, each=20)
    some = list(world.view.shards[0].ids())[:3]
    labelled(world, **{one: {"set": "a"} for one in some})
    ruled(world, RulePolicy(apart=("set",)), strategy=Strategy.STICKY)
    assert asked(world).moved == 2
    world.settle()
    assert sorted(str(world.owner(one)) for one in some) == ["0", "1", "2"]
    assert world.moves.total() == 2


def test_those_that_stand_together_gather_where_most_of_them_are() -> None:
    world = world_of(12, init_instances=3, each=20)
    first, second = list(world.view.shards[1].ids()), list(world.view.shards[2].ids())
    some = [*first[:2], second[0]]
    labelled(world, **{one: {"room": "x"} for one in some})
    ruled(world, RulePolicy(together=("room",)), strategy=Strategy.STICKY)
    asked(world)
    world.settle()
    assert {world.owner(one) for one in some} == {1}
    assert world.moves.total() == 1


def test_balance_takes_no_id_to_where_a_rule_does_not_want_it() -> None:
    world = world_of(30, init_instances=3, each=20)
    labelled(world, **{f"t{n}": {"set": str(n % 3)} for n in range(9)})
    pins = {f"t{n}": 0 for n in range(12, 18)}
    pin(world, **pins)
    ruled(world, RulePolicy(), strategy=Strategy.WEIGHTED)
    asked(world)
    world.settle()
    assert {world.owner(one) for one in pins} == {0}
    world.policy = replace(world.policy, init_instances=5)
    asked(world)
    world.settle()
    assert {world.owner(one) for one in pins} == {0}


def test_no_move_policy_keeps_a_rule_waiting() -> None:
    world = world_of(12, init_instances=3)
    pin(world, t0=(int(world.owner("t0") or 0) + 1) % 3)
    never = MovePolicy(rules=(MoveRule(never=True),))
    draft = world.draft()
    assert isinstance(plan_orchestration(draft, [], 12, "p"), Goal)
    continue_rebalance(draft, gate=MoveGate(never, lambda one: (), Known(), wall=0.0))
    released = [
        one
        for transaction in draft.plan().transactions
        for decision in transaction.decisions
        if decision.verb == "release"
        for one in decision.ids
    ]
    assert released == ["t0"]


LABELS = st.fixed_dictionaries({"set": st.sampled_from("abc"), "room": st.sampled_from("xy")})


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(0, 11).map(lambda n: f"t{n}"), LABELS, max_size=8),
    st.dictionaries(st.integers(0, 11).map(lambda n: f"t{n}"), st.integers(0, 4), max_size=4),
    st.sampled_from([("set", ""), ("", "room"), ("set", "room")]),
    st.sampled_from(list(Strategy)),
)
def test_whatever_the_rules_an_orchestration_ends_and_every_id_is_owned(
    labels: dict[str, dict[str, str]], pins: dict[str, int], names: tuple[str, str], strategy: Strategy
) -> None:
    world = world_of(12, init_instances=3, each=20)
    before = sum(1 for _ in astray(world.draft()))
    assert before == 0
    labelled(world, **labels)
    if pins:
        pin(world, **pins)
    apart, together = names
    ruled(
        world,
        RulePolicy(apart=(apart,) if apart else (), together=(together,) if together else ()),
        strategy=strategy,
    )
    asked(world)
    world.settle()
    assert world.owned() == set(world.catalog)
    assert world.view.state.rebalance is None
    for one, home in pins.items():
        if home in world.view.shards and one not in labels:
            assert world.owner(one) == home
