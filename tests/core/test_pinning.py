"""Pins and what a person sets of a shard: kept, bounded, and told how far they are met."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.decisions import Refused
from orchestrator.core.papers import MAX_PAPER_BYTES
from orchestrator.core.placement.pinning import PinState, pin_state, set_shard
from orchestrator.core.placement.pins import PAPER, decode_pins, encode_pins, pins_fault, pins_in
from orchestrator.core.placement.rule_policy import Require, RulePolicy
from tests.core.ruled import create, pin, ruled, shard_of
from tests.core.worlds import World, asked, world_of


def set_(world: World, number: int, **wish: dict[str, object]) -> Refused | None:
    draft = world.draft()
    labels, capacity = wish.get("labels", {}), wish.get("capacity", {})
    refused = set_shard(draft, number, labels, capacity)  # type: ignore[arg-type]
    if refused is None:
        world.commit(draft.plan())
    return refused


@given(st.dictionaries(st.text(min_size=1, max_size=9).filter(str.isprintable), st.integers(0, 9999)))
def test_pins_are_read_as_they_were_written(pins: dict[str, int]) -> None:
    assert decode_pins(encode_pins(pins)) == pins


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"pins": 1}', b'{"pins": {"a": -1}}', b'{"pins": {"a": true}}']
)
def test_a_paper_of_others_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(ValueError, match="the paper pins"):
        decode_pins(body)


def test_a_paper_that_cannot_be_read_pins_nobody_and_stops_nothing() -> None:
    world = ruled()
    draft = world.draft()
    draft.write_paper(PAPER, b"[]")
    world.commit(draft.plan())
    assert create(world, "t").unplaced == {}
    assert "holds no object" in pins_fault(world.view.papers[PAPER])
    pin(world, "t", 1)
    assert pins_fault(world.view.papers[PAPER]) == ""


def test_the_last_pin_takes_the_paper_with_it() -> None:
    world = ruled()
    pin(world, "t", 1)
    assert pins_in(world.view.papers.get(PAPER)) == {"t": 1}
    pin(world, "t", None)
    assert PAPER not in world.view.papers


def test_more_pins_than_a_paper_holds_are_refused() -> None:
    world = ruled()
    body = encode_pins({f"{n:0>480}": 1 for n in range(420)})
    assert len(body) <= MAX_PAPER_BYTES
    draft = world.draft()
    draft.write_paper(PAPER, body)
    world.commit(draft.plan())
    refused = None
    for n in range(6):
        refused = refused or pin(world, f"more{n:0>500}", 1)
    assert refused is not None and "at most" in refused.detail


def test_how_far_a_pin_is_met_is_told() -> None:
    world = ruled()
    create(world, "t")
    home = shard_of(world, "t")
    assert home is not None
    assert pin_state(world.draft(), "t", home) == (PinState.HELD, "")
    other = (home + 1) % 3
    state, detail = pin_state(world.draft(), "t", other)
    assert (state, detail) == (
        PinState.WAITING,
        f"it stands on shard {home}; the next orchestration moves it",
    )
    pin(world, "t", other)
    world.orchestrate()
    assert pin_state(world.draft(), "t", other)[0] is PinState.MOVING
    world.settle()
    assert pin_state(world.draft(), "t", other)[0] is PinState.HELD


def test_bounds_of_a_person_outlive_orchestrations_and_the_rest_follows_the_kind() -> None:
    world = ruled(each=6, extra=(50,))
    assert set_(world, 1, capacity={"d1": 7}) is None
    assert world.view.shards[1].capacity == (6, 7)
    world.orchestrate(each=9)
    world.settle()
    assert world.view.shards[1].capacity == (9, 7)
    assert world.view.shards[0].capacity == (9, 50)
    assert set_(world, 1, capacity={"d1": None}) is None
    assert world.view.shards[1].capacity == (9, 50)
    assert world.view.shards[1].bounds == ()


def test_a_shard_gets_no_more_than_its_own_bound() -> None:
    world = ruled(each=6)
    set_(world, 0, capacity={"count": 1})
    for number in range(13):
        create(world, f"t{number}")
    assert [shard.used for _, shard in sorted(world.view.shards.items())] == [1, 6, 6]


@pytest.mark.parametrize("strategy_count", [6, 12])
def test_an_orchestration_respects_unequal_bounds(strategy_count: int) -> None:
    world = ruled(each=6)
    for number in range(strategy_count):
        create(world, f"t{number}")
    set_(world, 0, capacity={"count": 1})
    world.orchestrate()
    world.settle()
    assert world.view.shards[0].used <= 1
    assert world.view.state.rebalance is None


def test_what_is_not_allowed_is_said_and_nothing_changes() -> None:
    world = ruled(extra=(50,))
    before = dict(world.view.shards)
    refused = set_(world, 1, labels={"bad name": "x", "ok": ""}, capacity={"cpu": 3})
    assert refused is not None and len(refused.reasons) == 3
    assert "there is no dimension 'cpu', the kind has count, d1" in refused.reasons
    assert world.view.shards == before


def test_labels_are_set_and_taken_away() -> None:
    world = ruled()
    set_(world, 2, labels={"zone": "a", "rack": "7"})
    assert world.view.shards[2].labels == (("rack", "7"), ("zone", "a"))
    set_(world, 2, labels={"rack": None})
    assert world.view.shards[2].labels == (("zone", "a"),)
    commit = world.view.state.commit
    set_(world, 2, labels={"zone": "a"})
    assert world.view.state.commit == commit


def test_one_orchestration_puts_a_pin_right_and_what_that_leaves_uneven() -> None:
    world = ruled(shards=3, each=10)
    world.add(*[f"t{n}" for n in range(15)])
    world.orchestrate()
    world.settle()
    moved = next(i for i in sorted(world.view.index) if shard_of(world, i) == 0)
    pin(world, moved, 2)
    goal = asked(world)
    world.settle()
    assert shard_of(world, moved) == 2
    assert world.uses() == {0: 5, 1: 5, 2: 5}
    assert (goal.moved, sum(world.moves.values())) == (2, 2)
    assert not asked(world).changed


def test_a_shard_with_a_pin_is_the_last_to_go() -> None:
    world = world_of(35, each=10, init_instances=3)
    assert set(world.uses()) == {0, 1, 2, 3}
    stays = next(i for i in sorted(world.view.index) if shard_of(world, i) == 3)
    pin(world, stays, 3)
    world.drop(*[i for i in sorted(world.view.index) if i != stays and shard_of(world, i) == 3])
    world.settle()
    asked(world)
    world.settle()
    assert len(world.uses()) == 3 and shard_of(world, stays) == 3
    assert world.view.state.rebalance is None


def test_the_last_shard_with_a_label_that_ids_require_is_the_last_to_go() -> None:
    rules = RulePolicy(
        require=(Require(label="zone", shard_label="zone"),), shard_labels=(("zone", ("x", "x", "x", "y")),)
    )
    world = ruled(rules, shards=3, each=10, most=4)
    world.add(*[f"t{n}" for n in range(30)])
    world.add("there", zone="y")
    asked(world, most=4)
    world.settle()
    assert shard_of(world, "there") == 3
    world.drop(*[i for i in sorted(world.view.index) if i != "there" and shard_of(world, i) == 3])
    world.drop("t0", "t1")
    world.settle()
    asked(world)
    world.settle()
    assert len(world.uses()) == 3 and shard_of(world, "there") == 3
    assert world.view.state.rebalance is None
