"""A guard against what grows with the square: bounds far above what it takes, moves exact."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.hints import Claim, plan_hints
from orchestrator.core.model import KindState
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import PLAIN
from orchestrator.core.view import View
from tests.core.worlds import World

IDS = 500_000


@pytest.fixture(scope="module")
def large() -> World:
    world = World(policy=KindPolicy(max_max_instances=200), checked=False)
    world.add(*(f"thing-{i:06}-0123456789abcdef" for i in range(IDS)))
    began = time.process_time()
    goal = world.orchestrate()
    assert time.process_time() - began < 10
    assert isinstance(goal, Goal)
    assert goal.placed == IDS
    return world


def test_half_a_million_ids_are_dealt_evenly(large: World) -> None:
    assert set(large.uses().values()) == {5000}


def test_a_hundred_shards_become_a_hundred_and_twenty(large: World) -> None:
    world = World(policy=large.policy, state=large.view.state, checked=False)
    world.view = View.of(large.view.state, large.view.shards)
    world.catalog = large.catalog
    began = time.process_time()
    goal = world.orchestrate(most=120, each=4167)
    assert time.process_time() - began < 5
    assert isinstance(goal, Goal)
    assert goal.moved == sum(max(0, 5000 - target) for target in [4167] * 80 + [4166] * 20)
    assert sum(shard.releasing for shard in world.view.shards.values()) == IDS * 0.02


def test_one_new_id_touches_one_shard_and_one_chunk(large: World) -> None:
    draft = large.draft()
    draft.amend_state(max_instances=101)
    began = time.process_time()
    plan_hints(draft, {"new": Claim.CREATED}, {"new": PLAIN}, large.limits, wall=0.0)
    plan = draft.plan()
    assert time.process_time() - began < 0.5
    (transaction,) = plan.transactions
    (change,) = transaction.changes
    assert change.after is not None
    assert [chunk.ids for chunk in change.after.chunks] == [("new",)]


def test_a_view_takes_little_more_than_plain_containers() -> None:
    def ids() -> list[str]:
        return [f"thing-{i:06}-0123456789abcdef" for i in range(100_000)]

    tracemalloc.start()
    try:
        listed = ids()
        plain = (listed, dict.fromkeys(listed, 0))
        plainly, _ = tracemalloc.get_traced_memory()
        del plain, listed
        before, _ = tracemalloc.get_traced_memory()
        world = World(state=KindState(kind="Thing"), checked=False)
        world.catalog = dict.fromkeys(ids(), (1,))
        assert isinstance(world.orchestrate(), Goal)
        world.catalog = {}
        now, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - before <= 1.2 * plainly
