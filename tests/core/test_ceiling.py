"""Kinds beyond the usual bounds: as many instances, and as many resources each, as a ceiling may allow."""

from __future__ import annotations

import time

import pytest

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Refused
from orchestrator.core.model import KindState
from orchestrator.core.policy import KindPolicy
from tests.core.worlds import World


def world_of(instances: int, resources: int, ids: int) -> World:
    policy = KindPolicy(max_max_instances=instances, max_resource_per_instance=resources, init_instances=1)
    state = KindState(kind="Thing", max_instances=instances, resource_per_instance=resources)
    world = World(policy=policy, state=state, checked=False)
    world.add(*(f"thing-{i:06}" for i in range(ids)))
    return world


@pytest.mark.slow
def test_ten_thousand_shards_are_made_and_balanced_in_transactions_that_a_store_takes() -> None:
    world = world_of(10_000, 5000, 20_000)
    began = time.process_time()
    goal = world.orchestrate(each=2)
    assert isinstance(goal, Goal)
    assert goal.size.shards == 10_000
    assert set(world.uses().values()) == {2}
    assert time.process_time() - began < 60


@pytest.mark.slow
def test_a_shard_holds_hundreds_of_thousands_of_resources() -> None:
    world = world_of(3, 1_000_000, 300_000)
    goal = world.orchestrate()
    assert isinstance(goal, Goal)
    assert world.uses() == {0: 300_000}


def test_a_value_beyond_the_ceiling_is_refused_with_the_range() -> None:
    refused = world_of(300, 9000, 10).orchestrate(most=301, each=9001)
    assert isinstance(refused, Refused)
    assert refused.reasons == (
        "maxInstances is 301, allowed are whole numbers from 3 to 300",
        "resourcePerInstance is 9001, allowed are whole numbers from 1 to 9000",
    )


def test_a_ceiling_that_was_lowered_refuses_what_is_in_force_and_names_the_range() -> None:
    world = world_of(300, 9000, 10)
    world.policy = KindPolicy(init_instances=1)
    refused = world.orchestrate()
    assert isinstance(refused, Refused)
    assert "maxInstances is 300, allowed are whole numbers from 3 to 100" in refused.reasons
    assert isinstance(world.orchestrate(most=100, each=5000), Goal)
