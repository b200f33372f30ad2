"""Two witnesses remove at once, the catalog alone within a budget, and nothing wipes a kind unasked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim, plan_hints
from orchestrator.core.model import RemovalBudget
from orchestrator.core.policy import KindPolicy
from orchestrator.core.removal import allowance, digest, is_wipe, spend
from tests.core.worlds import World, world_of

POLICY = KindPolicy(removal_floor=50, removal_ratio=0.05, removal_window=3600.0)


def gone(world: World, number: int) -> list[str]:
    ids = list(world.catalog)[:number]
    world.drop(*ids)
    return ids


def releasing(world: World) -> set[str]:
    return {i for shard in world.view.shards.values() for _, entry in shard.entries() for i in entry.ids}


def test_a_delete_message_that_the_catalog_confirms_releases_at_once() -> None:
    world = world_of(200)
    ids = gone(world, 90)
    outcome = world.reconcile(dict.fromkeys(ids, Claim.DELETED))
    assert outcome.held == []
    assert releasing(world) == set(ids)
    assert world.view.state.removal_budget.spent == 0


@pytest.mark.parametrize("claim", [Claim.FOUND, Claim.UPDATED, Claim.CREATED, Claim.AGAIN])
def test_the_catalog_alone_removes_within_the_budget(claim: Claim) -> None:
    world = world_of(200)
    ids = gone(world, 60)
    outcome = world.reconcile(dict.fromkeys(ids, claim))
    assert len(releasing(world)) == 50
    assert outcome.held == ids[50:]
    assert world.view.state.removal_budget == RemovalBudget(since=world.now, spent=50)


def test_the_budget_comes_back_after_its_window() -> None:
    world = world_of(200)
    ids = gone(world, 60)
    world.reconcile(dict.fromkeys(ids, Claim.FOUND))
    world.now += 3599
    assert world.reconcile(dict.fromkeys(ids, Claim.FOUND)).held == ids[50:]
    world.now += 1
    assert world.reconcile(dict.fromkeys(ids, Claim.FOUND)).held == []
    assert releasing(world) >= set(ids[50:])


def test_the_budget_is_spent_no_later_than_the_release() -> None:
    world = world_of(2000, init_instances=20)
    world.limits = type(world.limits)(operations=14)
    ids = [i for i in world.catalog if i.endswith("1")][:90]
    world.drop(*ids)
    world.reconcile(dict.fromkeys(ids, Claim.FOUND), at_most=1)
    assert 0 < len(releasing(world)) < 90
    assert world.view.state.removal_budget.spent >= len(releasing(world))


@pytest.mark.parametrize("claim", [Claim.DELETED, Claim.FOUND])
def test_more_than_half_of_a_kind_is_held_whatever_the_witnesses(claim: Claim) -> None:
    world = world_of(200)
    ids = gone(world, 101)
    outcome = world.reconcile(dict.fromkeys(ids, claim))
    assert outcome.held == ids
    assert "101 of 200" in outcome.held_reason
    assert releasing(world) == set()


def test_a_person_may_let_a_held_set_go() -> None:
    world = world_of(200)
    ids = gone(world, 150)
    world.add(ids[0])
    world.reconcile(dict.fromkeys(ids, Claim.ACCEPTED))
    assert releasing(world) == set(ids[1:])


def test_small_kinds_may_be_emptied() -> None:
    assert not is_wipe(99, 99, POLICY)
    assert not is_wipe(50, 100, POLICY)
    assert is_wipe(51, 100, POLICY)


def test_an_unknown_catalog_removes_nothing_and_drops_nothing() -> None:
    world = world_of(50)
    ids = gone(world, 10)
    world.reconcile(dict.fromkeys(ids, Claim.FOUND), is_catalog_known=False)
    assert releasing(world) == set()
    world.reconcile(dict.fromkeys(ids, Claim.DELETED))
    for number in world.view.shards:
        world.acknowledge(number)
    world.reconcile(is_catalog_known=False)
    assert releasing(world) == set(ids)
    world.reconcile()
    assert releasing(world) == set()


def test_a_hint_that_the_catalog_contradicts_is_looked_at_again() -> None:
    world = world_of(5)
    outcome = world.reconcile({"t0": Claim.DELETED, "new": Claim.CREATED, "other": Claim.DELETED})
    assert outcome.again == {"t0": Claim.DELETED, "new": Claim.CREATED}
    assert releasing(world) == set()


def test_a_clock_set_back_a_little_does_not_renew_the_budget() -> None:
    budget = RemovalBudget(since=10_000.0, spent=50)
    assert allowance(budget, 100, POLICY, wall=9_990.0) == 0
    assert allowance(budget, 100, POLICY, wall=10_000.0) == 0


def test_a_clock_set_back_far_does_not_freeze_the_budget() -> None:
    budget = RemovalBudget(since=1_000_000.0, spent=50)
    assert allowance(budget, 100, POLICY, wall=10_000.0) == 50


@given(
    st.lists(st.tuples(st.floats(0, 3000), st.integers(1, 40)), max_size=20),
    st.integers(0, 5000),
)
def test_no_window_spends_more_than_its_budget(steps: list[tuple[float, int]], total: int) -> None:
    budget, wall = RemovalBudget(), 10_000.0
    spent: dict[float, int] = {}
    for wait, wanted in steps:
        wall += wait
        count = min(wanted, allowance(budget, total, POLICY, wall=wall))
        if count:
            budget = spend(budget, count, POLICY, wall=wall)
            spent[budget.since] = spent.get(budget.since, 0) + count
    assert all(count <= max(50, int(total * 0.05)) for count in spent.values())


@given(st.sets(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)))
def test_a_set_of_ids_has_one_name_whatever_its_order(ids: set[str]) -> None:
    assert digest(sorted(ids)) == digest(sorted(ids, reverse=True))


def test_decisions_say_why() -> None:
    world = world_of(200)
    ids = gone(world, 20)
    draft = world.draft()
    hints = dict.fromkeys(ids[:10], Claim.DELETED) | dict.fromkeys(ids[10:], Claim.FOUND)
    plan_hints(draft, hints, {}, world.limits, wall=0.0)
    reasons = {d.reason for t in draft.plan().transactions for d in t.decisions}
    assert reasons == {Reason.DELETED, Reason.FOUND_DELETED}
