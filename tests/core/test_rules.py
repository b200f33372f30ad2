"""Hard rules hold in every history; what they keep off every shard says which, and the rest is placed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.decisions import Reason
from orchestrator.core.model import Labels, Rebalance
from orchestrator.core.placement.rule_policy import Require, RulePolicy, Spread
from orchestrator.core.placement.rules import forbids, score
from orchestrator.core.traits import label
from tests.core.ruled import create, groups, pin, ruled, shard_labels, shard_of

ZONES = (("zone", ("a", "b", "c")),)
REQUIRE = RulePolicy(require=(Require(label="zone", shard_label="zone"),), shard_labels=ZONES)
TOGETHER = RulePolicy(together=("room",))
APART = RulePolicy(apart=("twin",))
SPREAD = RulePolicy(spread=Spread(over="zone", by="tenant"), shard_labels=ZONES)

VALUES = st.lists(st.sampled_from("pqrst"), max_size=24)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.lists(st.sampled_from((3, 4, 6)), max_size=3))
def test_a_tag_is_obeyed_whatever_happens(values: list[str], sizes: list[int]) -> None:
    world = ruled(REQUIRE, most=6)
    for number, value in enumerate(values):
        create(world, f"t{number}", zone={"p": "a", "q": "b", "r": "c"}.get(value, "a"))
        create(world, f"free{number}")
    for most in sizes:
        world.orchestrate(most=most)
        world.round()
    world.settle()
    for shard in world.view.shards.values():
        for resource_id in shard.ids():
            wanted = label(world.labels.get(resource_id, ()), "zone")
            assert wanted in (None, label(shard.labels, "zone"))


@settings(max_examples=60, deadline=None)
@given(VALUES, st.booleans())
def test_ids_kept_together_stand_on_one_shard(values: list[str], at_once: bool) -> None:
    world = ruled(TOGETHER, shards=3, each=8, most=5)
    for number, value in enumerate(values):
        if at_once:
            world.add(f"t{number}", room=value)
        else:
            create(world, f"t{number}", room=value)
    world.settle()
    assert all(len(held) == 1 for held in groups(world, "room").values())
    world.orchestrate()
    world.settle()
    assert all(len(held) == 1 for held in groups(world, "room").values())


@settings(max_examples=60, deadline=None)
@given(VALUES, st.booleans(), st.lists(st.sampled_from((3, 4, 5)), max_size=3))
def test_ids_kept_apart_never_share_a_shard(values: list[str], at_once: bool, sizes: list[int]) -> None:
    world = ruled(APART, shards=3, each=12, most=5)
    for number, value in enumerate(values):
        if at_once:
            world.add(f"t{number}", twin=value)
        else:
            create(world, f"t{number}", twin=value)
    for most in sizes:
        world.orchestrate(most=most)
        world.round()
        assert all(max(held.values()) == 1 for held in groups(world, "twin").values())
    world.settle()
    assert all(max(held.values()) == 1 for held in groups(world, "twin").values())
    # each that fits has a place: as many of one value as there are shards
    shards = sum(1 for shard in world.view.shards.values() if shard.is_active)
    for value, count in Counter(values).items():
        owned = groups(world, "twin").get(value, Counter()).total()
        assert owned >= min(count, shards if shards >= 5 else 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("pq"), min_size=1, max_size=30), st.booleans())
def test_a_spread_differs_by_one_at_most_where_there_is_room(values: list[str], at_once: bool) -> None:
    world = ruled(SPREAD, shards=6, each=40)
    for number, value in enumerate(values):
        if at_once:
            world.add(f"t{number}", tenant=value)
        else:
            create(world, f"t{number}", tenant=value)
    world.settle()
    for held in groups(world, "tenant").values():
        zones = Counter(dict.fromkeys("abc", 0))
        for number, count in held.items():
            zones[label(shard_labels(world, number), "zone") or ""] += count
        assert max(zones.values()) - min(zones.values()) <= 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), max_size=12),
    st.lists(st.sampled_from((3, 4, 5)), max_size=2),
)
def test_a_pinned_id_is_owned_by_its_shard_after_an_orchestration(
    pins: list[tuple[int, int]], sizes: list[int]
) -> None:
    world = ruled(shards=3, each=10, most=5)
    for number in range(8):
        create(world, f"t{number}")
    wanted: dict[str, int] = {}
    for number, at in pins:
        assert pin(world, f"t{number}", at) is None
        wanted[f"t{number}"] = at
    for most in sizes:
        world.orchestrate(most=most)
    world.orchestrate()
    world.settle()
    for resource_id, at in wanted.items():
        shard = world.view.shards.get(at)
        if shard is not None and shard.is_active:
            assert shard_of(world, resource_id) == at
        else:
            assert shard_of(world, resource_id) is not None


def test_a_new_id_goes_to_the_shard_it_is_pinned_to() -> None:
    world = ruled(each=4)
    pin(world, "t", 2)
    for _ in range(2):
        create(world, "t")
    assert shard_of(world, "t") == 2


def test_a_pin_to_a_shard_that_is_not_there_waits_and_says_so() -> None:
    world = ruled()
    pin(world, "t", 7)
    outcome = create(world, "t")
    assert outcome.unplaced == {"t": Reason.PINNED}
    assert outcome.details == {"t": "It is pinned to shard 7, which is not there; it waits for it."}
    assert len(world.view.shards) == 3


def test_a_pin_to_a_full_shard_waits_for_room_and_says_so() -> None:
    world = ruled(each=2)
    for number in range(6):
        create(world, f"t{number}")
    pin(world, "n", 1)
    outcome = create(world, "n")
    assert outcome.unplaced == {"n": Reason.PINNED}
    assert "shard 1 has no room: count 2 + 1 of 2" in outcome.details["n"]


def test_a_pin_to_a_shard_that_can_never_be_is_refused() -> None:
    world = ruled()
    refused = pin(world, "t", 100)
    assert refused is not None and "can never be" in refused.detail


def test_what_no_shard_takes_names_the_rule_and_the_rest_is_placed() -> None:
    world = ruled(REQUIRE)
    outcome = create(world, "t", zone="z")
    assert outcome.unplaced == {"t": Reason.REQUIRED}
    assert "asks for a shard whose zone is z" in outcome.details["t"]
    assert create(world, "u", zone="b").unplaced == {}
    assert label(shard_labels(world, shard_of(world, "u") or 0), "zone") == "b"


def test_rules_that_cannot_be_met_together_are_named() -> None:
    rules = RulePolicy(require=REQUIRE.require, apart=("twin",), shard_labels=ZONES)
    world = ruled(rules)
    assert create(world, "t0", zone="b", twin="x").unplaced == {}
    outcome = create(world, "t1", zone="b", twin="x")
    assert outcome.unplaced == {"t1": Reason.REQUIRED}
    assert "required 2, apart 1" in outcome.details["t1"]


def test_a_pin_and_a_group_that_disagree_are_named() -> None:
    world = ruled(TOGETHER)
    create(world, "t0", room="r")
    home = shard_of(world, "t0")
    pin(world, "t1", (home + 1) % 3)
    outcome = create(world, "t1", room="r")
    assert outcome.unplaced == {"t1": Reason.PINNED}
    assert f"those whose room is r, on shard {home}" in outcome.details["t1"]


def test_a_kind_grows_by_a_shard_with_the_label_that_is_asked_for() -> None:
    world = ruled(REQUIRE, shards=3, each=2, most=6)
    for number in range(3):
        assert create(world, f"t{number}", zone="c").unplaced == {}
    assert len(world.view.shards) == 4
    assert {n for n in range(6) if n in world.view.shards and n > 2} == {5}
    assert shard_labels(world, 5) == (("zone", "c"),)


def test_an_id_of_a_group_that_is_full_waits_and_does_not_make_the_kind_grow() -> None:
    world = ruled(TOGETHER, each=2, most=6)
    for number in range(2):
        create(world, f"t{number}", room="r")
    outcome = create(world, "t2", room="r")
    assert outcome.unplaced["t2"] is Reason.TOGETHER
    assert len(world.view.shards) == 3


def test_a_label_that_changes_counts_from_then_on() -> None:
    world = ruled(APART)
    create(world, "t0", twin="x")
    create(world, "t1", twin="y")
    world.add("t1", twin="x")
    world.view.learn(world.said(["t1"]))
    create(world, "t2", twin="x")
    taken = {shard_of(world, "t0"), shard_of(world, "t1")}
    assert shard_of(world, "t2") not in taken


def test_what_is_forbidden_and_the_score_of_the_rest_can_be_asked_shard_by_shard() -> None:
    world = ruled(SPREAD)
    create(world, "t0", tenant="x")
    create(world, "t1", tenant="x")
    draft = world.draft()
    home = shard_of(world, "t0")
    assert home is not None
    other = ({0, 1, 2} - {home, shard_of(world, "t1")}).pop()
    world.add("n", tenant="x")
    world.view.learn(world.said(["n"]))
    assert forbids(draft, "n", home) is None
    assert score(draft, "n", home) >= 1000 > score(draft, "n", other)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_place_of_an_id_is_not_full_for_itself(number: int) -> None:
    world = ruled(each=1)
    for each in range(3):
        create(world, f"t{each}")
    draft = world.draft()
    resource_id = next(iter(world.view.shards[number].ids()))
    assert forbids(draft, resource_id, number) is None
    rule = forbids(draft, resource_id, (number + 1) % 3)
    assert rule is not None and rule.code == "no-room"


def test_balance_parts_none_of_those_that_a_rule_brings_together() -> None:
    world = ruled(RulePolicy(together=("room",)))
    create(world, "t1", room="x")
    create(world, "t2", room="x")
    create(world, "t0")
    home, other = world.owner("t1"), world.owner("t0")
    assert home is not None and other not in (None, home)
    create(world, "t0", room="x")
    draft = world.draft()
    goal = Rebalance(id="p", gives=((home, 1),), takes=((int(other), 1),))
    draft.amend_state(rebalance=goal)
    world.commit(draft.plan())
    world.settle()
    assert {world.owner(one) for one in ("t0", "t1", "t2")} == {home}
    assert world.view.state.rebalance is None


LABELS = st.dictionaries(st.sampled_from(["room", "twin"]), st.sampled_from("xyz"), max_size=2)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), LABELS, st.integers(1, 4)), max_size=30), st.booleans())
def test_ranks_and_groups_kept_step_by_step_are_those_of_a_fresh_load(
    changes: list[tuple[int, dict[str, str], int]], is_moving: bool
) -> None:
    rules = RulePolicy(together=("room",), apart=("twin",))
    world = ruled(rules, shards=3, each=8, most=6, extra=(14,))
    for number, labels, weight in changes:
        world.labels.pop(f"t{number}", None)
        create(world, f"t{number}", (1, weight), **labels)
        if number % 3 == 0:
            world.drop(f"t{number + 1}")
        if is_moving:
            world.orchestrate(most=3 + number % 4)
        world.round()
    world.settle()
    known: set[Labels] = set(world.view.labels.values())
    assert all(known), "an id without labels is not named"


def test_nothing_is_known_any_more_of_ids_that_were_deleted() -> None:
    world = ruled(APART, extra=(50,))
    create(world, "t0", (1, 9), twin="x")
    assert world.view.weights and world.view.labels
    world.drop("t0")
    world.settle()
    assert not world.view.weights and not world.view.labels
    assert not world.view.groups.values("twin")
