"""Weights in several dimensions: no shard ever holds more than it can in any of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim
from orchestrator.core.load import Load
from orchestrator.core.model import ONE, KindState, Vector
from orchestrator.core.policy import KindPolicy
from tests.core.laws import check_rebuild, weight_on
from tests.core.worlds import World


def weighted(weights: list[int], *, capacity: int, each: int = 6, most: int = 6) -> World:
    policy = KindPolicy(init_instances=3, extra_capacity=(capacity,), chunk_size=3)
    state = KindState(kind="Thing", resource_per_instance=each, max_instances=most)
    world = World(policy=policy, state=state, dimensions=2)
    for number, weight in enumerate(weights):
        world.add(f"t{number}", weight=(1, weight) if weight > 1 else ONE)
    return world


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 12), max_size=25),
    st.lists(st.integers(1, 12), max_size=8),
    st.lists(st.integers(3, 6), max_size=3),
)
def test_no_dimension_is_ever_exceeded_and_every_history_comes_to_rest(
    first: list[int], later: list[int], sizes: list[int]
) -> None:
    world = weighted(first, capacity=10)
    world.orchestrate()
    for number, weight in enumerate(later):
        world.add(f"n{number}", weight=(1, weight))
        world.reconcile({f"n{number}": Claim.CREATED})
    for most in sizes:
        world.orchestrate(most=most)
        world.round()
    world.settle()
    for number, shard in world.view.shards.items():
        assert all(t <= c for t, c in zip(weight_on(world.view, number), shard.capacity, strict=True))


def test_an_id_of_unsaid_weight_takes_one_of_each_dimension() -> None:
    load = Load(used=[1, 10], leaving=[0, 0], reserved=[0, 0])
    assert not load.fits(ONE, (5, 10))
    assert load.fits(ONE, (5, 11))


def test_an_id_heavier_than_any_shard_adds_no_shards() -> None:
    world = weighted([1] * 4, capacity=10)
    world.orchestrate()
    before = len(world.view.shards)
    world.add("giant", weight=(1, 11))
    outcome = world.reconcile({"giant": Claim.CREATED})
    assert outcome.unplaced == {"giant": Reason.NO_ROOM}
    assert len(world.view.shards) == before


def test_a_shard_is_added_when_another_dimension_is_full() -> None:
    world = weighted([9, 9, 9], capacity=10)
    world.orchestrate()
    before = len(world.view.shards)
    world.add("n", weight=(1, 5))
    world.reconcile({"n": Claim.CREATED})
    assert len(world.view.shards) == before + 1


def test_an_orchestration_that_weights_forbid_ends_where_it_can_get() -> None:
    world = weighted([10, 10, 10, 1, 1, 1], capacity=10, most=3)
    world.orchestrate()
    world.settle()
    assert isinstance(world.orchestrate(most=3, each=5), Goal)
    world.settle()
    assert world.view.state.rebalance is None


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(1, 9)), max_size=10),
)
def test_loads_follow_the_weights(weights: list[int], changes: list[tuple[int, int]]) -> None:
    world = weighted(weights, capacity=100)
    world.orchestrate()
    first = sorted(world.view.shards)[0]
    ids = list(world.view.shards[first].ids())[:1]
    draft = world.draft()
    if ids:
        draft.release(first, ids, max(world.view.shards), Reason.REBALANCED)
    world.commit(draft.plan())
    for number, weight in changes:
        new: dict[str, Vector] = {f"t{number}": (1, weight) if weight > 1 else ONE}
        world.view.weigh(new)
        check_rebuild(world.view)
