"""Where new ids go: to the least loaded, a few shards a transaction; then shards are added; then none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim, plan_hints
from orchestrator.core.model import Instance, Protocol
from orchestrator.core.placement.placement import spare_room
from tests.core.worlds import World, world_of


def create(world: World, *ids: str, claim: Claim = Claim.CREATED) -> None:
    world.add(*ids)
    world.reconcile(dict.fromkeys(ids, claim))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3000), st.lists(st.integers(1, 700), min_size=1, max_size=4))
def test_new_ids_leave_the_spread_within_two_percent_of_the_mean(before: int, batches: list[int]) -> None:
    world = world_of(before)
    world.checked = False
    for number, batch in enumerate(batches):
        create(world, *(f"n{number}-{i}" for i in range(batch)))
        mean = sum(world.uses().values()) / len(world.uses())
        assert world.spread() <= max(1, 0.02 * mean)


def test_new_ids_touch_at_most_four_shards_a_transaction() -> None:
    world = world_of(1000, init_instances=20)
    ids = [f"n{i}" for i in range(400)]
    world.add(*ids)
    draft = world.draft()
    hints = {i: Claim.FOUND if i.endswith("7") else Claim.CREATED for i in ids}
    plan_hints(draft, hints, world.said(world.catalog), world.limits, wall=0.0)
    plan = draft.plan()
    assert len(plan.transactions) > 1
    assert all(len(transaction.changes) <= 4 for transaction in plan.transactions)
    world.commit(plan)
    assert world.owned() == set(world.catalog)


@pytest.mark.parametrize("protocol", Protocol)
def test_an_id_fills_the_fullest_chunk_with_room(protocol: Protocol) -> None:
    world = world_of(0, protocol=protocol, init_instances=1, most=3, chunk_size=4)
    for i in range(9):
        create(world, f"n{i}")
    one = world.view.shards[0]
    assert sum(len(shard.chunks) for shard in world.view.shards.values()) <= 5
    assert one.used == 9 // len(world.view.shards) or one.used == -(-9 // len(world.view.shards))


def test_a_shard_is_added_in_the_transaction_that_fills_it() -> None:
    world = world_of(9, each=3, most=5, init_instances=3)
    assert sorted(world.uses()) == [0, 1, 2, 3]
    create(world, "a", "b", "c")
    done = world.transactions
    create(world, "d")
    assert world.transactions == done + 1
    assert world.owner("d") == 4
    assert world.view.state.shards == 5


def test_the_lowest_free_number_is_taken() -> None:
    world = world_of(6, each=2, most=4, init_instances=3)
    draft = world.draft()
    draft.release(1, list(world.view.shards[1].ids()), None, Reason.DELETED)
    draft.drain(1, Reason.ORCHESTRATED)
    world.drop(*world.view.shards[1].ids())
    world.commit(draft.plan())
    world.settle()
    assert 1 not in world.view.shards
    create(world, *(f"n{i}" for i in range(5)))
    assert 1 in world.view.shards


def test_at_the_maximum_an_id_stays_unowned_with_the_reason() -> None:
    world = world_of(6, each=2, most=3, init_instances=3)
    world.add("n")
    outcome = world.reconcile({"n": Claim.CREATED})
    assert outcome.unplaced == {"n": Reason.NO_ROOM}
    assert world.owner("n") is None


@pytest.mark.parametrize("bad", ["", "x" * 513, "tab\tin", "\ud800"])
def test_an_unfit_id_is_not_placed(bad: str) -> None:
    world = world_of(3)
    world.add(bad)
    outcome = world.reconcile({bad: Claim.CREATED})
    assert outcome.unplaced == {bad: Reason.UNFIT_ID}


@pytest.mark.parametrize("bad", ["", "x" * 513, "tab\tin", "\ud800"])
def test_an_unfit_id_that_a_listing_shows_is_reported_though_no_catalog_can_be_asked_for_it(bad: str) -> None:
    world = world_of(3)
    assert world.reconcile({bad: Claim.FOUND}).unplaced == {bad: Reason.UNFIT_ID}
    assert world.reconcile({bad: Claim.AGAIN, "gone": Claim.FOUND}).unplaced == {}


def test_draining_shards_have_a_claim_on_the_room() -> None:
    """A new id must not take the place that an id on a draining shard goes to."""
    world = world_of(4, each=2, most=3, init_instances=3)
    goal = world.orchestrate(most=3, each=2)
    assert isinstance(goal, Goal)
    draft = world.draft()
    draft.drain(2, Reason.ORCHESTRATED)
    draft.amend_state(max_instances=2)
    world.commit(draft.plan())
    used = world.uses()
    assert used[2] == 4 - used[0] - used[1]
    world.add("n")
    outcome = world.reconcile({"n": Claim.CREATED})
    assert outcome.unplaced == {"n": Reason.NO_ROOM}


def test_a_shard_that_is_added_keeps_room_for_what_draining_shards_hold() -> None:
    world = world_of(8, each=2, most=6, init_instances=4)
    drained = world.uses()
    draft = world.draft()
    draft.drain(0, Reason.ORCHESTRATED)
    draft.amend_state(max_instances=4)
    world.commit(draft.plan())
    claim = drained[0]
    active_room = sum(2 - used for number, used in world.uses().items() if number != 0)
    ids = [f"n{i}" for i in range(6)]
    world.add(*ids)
    outcome = world.reconcile(dict.fromkeys(ids, Claim.CREATED))
    grown = len(world.view.shards) - len(drained)
    assert len(outcome.placed) == max(0, active_room + 2 * grown - claim)


def test_instances_of_new_shards_take_the_next_incarnations() -> None:
    world = world_of(5, init_instances=3)
    incarnations = {shard.incarnation for shard in world.view.shards.values()}
    assert incarnations == {1, 2, 3}
    assert world.view.state.next_incarnation == 4
    assert all(shard.instance is Instance.LIVE for shard in world.view.shards.values())


def test_ids_between_two_draining_shards_have_a_claim_on_the_room_too() -> None:
    world = world_of(3, each=3, most=3, init_instances=3)
    (one,) = world.view.shards[0].ids()
    draft = world.draft()
    draft.drain(0, Reason.ORCHESTRATED)
    draft.release(0, [one], 2, Reason.REBALANCED)
    draft.drain(2, Reason.ORCHESTRATED)
    draft.amend_state(max_instances=1)
    world.commit(draft.plan())
    assert spare_room(world.draft()) == 0
    world.add("n")
    assert world.reconcile({"n": Claim.CREATED}).unplaced == {"n": Reason.NO_ROOM}
