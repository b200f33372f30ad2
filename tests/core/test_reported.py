"""Weights that instances report: laid over the catalog's, whatever comes in which order."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim
from orchestrator.core.learning import describe
from orchestrator.core.model import ONE, KindState, Vector
from orchestrator.core.policy import KindPolicy
from orchestrator.core.reported import MOST_IDS, Reported, differs, sift
from orchestrator.core.traits import MAX_WEIGHT, Traits
from tests.core.laws import check_rebuild
from tests.core.worlds import World

NAMES = ("memory", "cpu", "rate")
"""By a column alone, by a column and reported, reported alone."""


def reported() -> Reported:
    return Reported(NAMES, ("cpu", "rate"))


# --- what of a beat can be a weight ---


@pytest.mark.parametrize(
    "value",
    [-1, -0.5, math.nan, math.inf, -math.inf, "12", True, False, None, [1], {}, MAX_WEIGHT + 1, 1e300],
)
def test_what_cannot_be_a_weight_is_left_out_and_counted(value: object) -> None:
    assert sift({"a": {"cpu": value, "rate": 2.2}, "b": {"cpu": value}}) == ({"a": {"rate": 3}}, 2)


@pytest.mark.parametrize(
    ("value", "whole"), [(0, 0), (0.0, 0), (3.0, 3), (3.01, 4), (MAX_WEIGHT, MAX_WEIGHT)]
)
def test_a_fraction_is_rounded_up(value: float, whole: int) -> None:
    assert sift({"a": {"cpu": value}}) == ({"a": {"cpu": whole}}, 0)


@pytest.mark.parametrize(
    ("said", "refused"), [(None, 0), ({}, 0), ([], 1), ("much", 1), (3, 1), ({"a": 3}, 1)]
)
def test_what_is_no_object_tells_of_nothing(said: object, refused: int) -> None:
    assert sift(said) == ({}, refused)


@pytest.mark.parametrize("name", ["", "x" * 513, "a\u0007", "\ud800"])
def test_an_id_that_cannot_be_one_is_counted(name: str) -> None:
    assert sift({name: {"cpu": 1, "rate": 2}, "good": {"cpu": 1}}) == ({"good": {"cpu": 1}}, 2)


def test_no_more_ids_are_taken_than_a_beat_may_tell_of() -> None:
    found, refused = sift({str(number): {"cpu": 1} for number in range(MOST_IDS + 3)})
    assert (len(found), refused) == (MOST_IDS, 3)
    found, refused = sift({"a": {str(number): 1 for number in range(33)}})
    assert (found, refused) == ({}, 33)


# --- what counts ---


def test_a_report_takes_the_place_of_the_row_and_leaves_the_rest_to_it() -> None:
    one = reported()
    assert one.weigh("a", (1, 512, 20)) == (1, 512, 20)
    assert one.take("a", {"cpu": 120}) == 0
    assert one.weigh("a", (1, 512, 20)) == (1, 512, 120, 1)
    assert one.weigh("a", ONE) == (1, 1, 120, 1)
    assert (one.of("a"), one.of("b")) == (frozenset({"cpu"}), frozenset())
    assert one.take("a", {"rate": 0}) == 0
    assert one.weigh("a", (1, 600, 30)) == (1, 600, 120, 0)


def test_a_weight_of_one_in_all_dimensions_is_the_weight_of_an_id_of_which_nothing_is_said() -> None:
    one = reported()
    one.take("a", {"cpu": 1, "rate": 1})
    assert one.weigh("a", ONE) is ONE
    assert one.weigh("a", (1, 1, 7)) is ONE


def test_a_dimension_that_may_not_be_reported_is_counted_and_changes_nothing() -> None:
    one = reported()
    assert one.take("a", {"memory": 5, "count": 9, "other": 1}) == 3
    assert (one.is_empty, one.has_news) == (True, False)
    assert Reported((), ()).take("a", {"cpu": 1}) == 1


def test_a_weight_that_sways_is_no_news() -> None:
    one = reported()
    one.take("a", {"cpu": 100})
    assert one.news(9) == ["a"]
    for value in (91, 109, 100, 105):
        one.take("a", {"cpu": value})
        assert not one.has_news
    one.take("a", {"cpu": 110})
    assert one.news(9) == ["a"]
    assert one.weigh("a", ONE)[2] == 110
    one.take("a", {"cpu": 100})
    assert not one.has_news, "it goes back by less than a tenth of what it is now"
    one.take("a", {"cpu": 99})
    assert one.has_news


@pytest.mark.parametrize(
    ("known", "value", "is_so"), [(-1, 1, True), (0, 0, False), (0, 1, True), (1, 2, True)]
)
def test_small_weights_differ_by_one(known: int, value: int, is_so: bool) -> None:
    assert differs(known, value) is is_so


def test_news_are_given_once_and_a_few_at_a_time() -> None:
    one = reported()
    for name in "abc":
        one.take(name, {"cpu": 5})
    assert (one.news(2), one.news(2), one.news(2)) == (["a", "b"], ["c"], [])


def test_an_id_that_comes_again_under_the_name_of_one_that_is_gone_begins_anew() -> None:
    one = reported()
    one.take("a", {"cpu": 120})
    one.forget(["a", "never-seen"])
    assert (one.weigh("a", ONE), one.has_news, one.is_empty) == (ONE, False, True)


def test_a_listing_says_what_is_reported_at_the_moment_it_is_looked_at() -> None:
    one = reported()
    weights: dict[str, Vector] = {"a": (1, 2, 3, 4), "b": (1, 5, 6, 7)}
    listing = one.over(weights)
    assert (dict(listing), bool(one.over({}))) == (weights, False)
    one.take("a", {"cpu": 30})
    one.take("new", {"rate": 9})
    assert dict(listing) == {"a": (1, 2, 30, 4), "b": (1, 5, 6, 7), "new": (1, 1, 1, 9)}
    assert (listing.get("a", ONE), listing.get("none", ONE), len(listing)) == ((1, 2, 30, 4), ONE, 3)
    assert bool(one.over({}))
    traits = {"a": Traits((1, 2, 3, 4), (("zone", "x"),)), "b": Traits()}
    assert one.over_traits(traits) == {"a": Traits((1, 2, 30, 4), (("zone", "x"),)), "b": Traits()}


# --- the loads of shards follow, whatever happens ---

IDS = [f"t{number}" for number in range(8)]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("report"), st.sampled_from(IDS), st.sampled_from(NAMES), st.integers(0, 40)),
        st.tuples(st.just("row"), st.sampled_from(IDS), st.integers(0, 40), st.integers(0, 40)),
        st.tuples(st.just("listing")),
        st.tuples(st.just("message"), st.sampled_from(IDS)),
        st.tuples(st.just("delete"), st.sampled_from(IDS)),
        st.tuples(st.just("move"), st.sampled_from(IDS)),
        st.tuples(st.just("let go")),
        st.tuples(st.just("restart")),
    ),
    max_size=30,
)


class Reporting:
    """A kind whose ids are weighed by rows and by reports, and the same counted by hand."""

    def __init__(self) -> None:
        policy = KindPolicy(
            init_instances=3, dimensions=NAMES, reported=("cpu", "rate"), extra_capacity=(9999, 9999, 9999)
        )
        state = KindState(kind="Thing", resource_per_instance=50, max_instances=3)
        self.world = World(policy=policy, state=state, dimensions=4)
        self.reported = reported()
        self.truth: dict[str, dict[str, int]] = defaultdict(dict)
        self.world.add(*IDS)
        self.world.orchestrate()
        self.world.settle()

    def act(self, act: tuple[object, ...]) -> None:
        getattr(self, str(act[0]).replace(" ", "_"))(*act[1:])

    def report(self, resource_id: str, name: str, value: int) -> None:
        if resource_id in self.world.view.index:
            strange = self.reported.take(resource_id, {name: value})
            assert strange == (name == "memory")
            known = self.truth[resource_id].get(name)
            if name != "memory" and (known is None or differs(known, value)):
                self.truth[resource_id][name] = value
        self._take_over()

    def row(self, resource_id: str, memory: int, cpu: int) -> None:
        if resource_id in self.world.catalog:
            self.world.catalog[resource_id] = (1, memory, cpu) if (memory, cpu) != (1, 1) else ONE

    def listing(self) -> None:
        weights = {i: weight for i, weight in self.world.catalog.items() if weight != ONE}
        for _ in describe(self.world.view, list(self.world.catalog), self.reported.over(weights), {}):
            pass

    def message(self, resource_id: str) -> None:
        self.world.add(resource_id, weight=self.world.catalog.get(resource_id, ONE))
        said = self.reported.over_traits(self.world.said([resource_id]))
        draft = self.world.draft()
        draft.learn(said)
        if resource_id not in self.world.view.index:
            draft.assign(0, [resource_id], Reason.CREATED)
        self.world.commit(draft.plan())

    def delete(self, resource_id: str) -> None:
        self.world.drop(resource_id)
        self.world.reconcile({resource_id: Claim.DELETED})
        self._forget()

    def move(self, resource_id: str) -> None:
        place = self.world.view.index.get(resource_id)
        draft = self.world.draft()
        if place is not None and draft.is_owned(resource_id):
            draft.release(place.shard, [resource_id], (place.shard + 1) % 3, Reason.REBALANCED)
            self.world.commit(draft.plan())

    def let_go(self) -> None:
        self.world.settle()
        self._forget()

    def restart(self) -> None:
        self.world.load()

    def _take_over(self) -> None:
        view = self.world.view
        view.weigh({i: self.reported.weigh(i, view.weight(i)) for i in self.reported.news(3)})

    def _forget(self) -> None:
        gone = [i for i in IDS if i not in self.world.view.index]
        self.reported.forget(gone)
        for resource_id in gone:
            self.truth.pop(resource_id, None)

    def known(self, resource_id: str) -> Mapping[str, int]:
        """What counts of an id, after its row was read."""
        _, memory, cpu, rate = (*self.world.catalog.get(resource_id, ONE), 1, 1, 1)[:4]
        return {"memory": memory, "cpu": cpu, "rate": rate, **self.truth.get(resource_id, {})}


@settings(max_examples=150, deadline=None)
@given(ACTS)
def test_what_weighs_on_a_shard_is_the_sum_over_its_ids_after_any_history(
    acts: list[tuple[object, ...]],
) -> None:
    one = Reporting()
    for act in acts:
        one.act(act)
        check_rebuild(one.world.view)
    one.let_go()
    one.listing()
    check_rebuild(one.world.view)
    for number, shard in one.world.view.shards.items():
        used = one.world.view.load(number).used
        assert used == [
            shard.used,
            *(sum(one.known(resource_id)[name] for resource_id in shard.ids()) for name in NAMES),
        ]
