"""How many shards a kind gets (README, REST)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.balance.sizing import Size, size_kind
from orchestrator.core.decisions import Refused
from orchestrator.core.model import KindState
from orchestrator.core.policy import KindPolicy

POLICY = KindPolicy()
STATE = KindState(kind="Thing")


@pytest.mark.parametrize(
    ("count", "most", "each", "shards"),
    [
        (0, 100, 5000, 10),
        (1, 100, 5000, 10),
        (49_999, 100, 5000, 10),
        (50_000, 100, 5000, 11),
        (499_999, 100, 5000, 100),
        (500_000, 100, 5000, 100),
        (7, 3, 5000, 3),
        (15_000, 3, 5000, 3),
        (10, 100, 1, 11),
        (100, 100, 1, 100),
    ],
)
def test_the_number_of_shards(count: int, most: int, each: int, shards: int) -> None:
    size = size_kind(count, STATE, POLICY, max_instances=most, resource_per_instance=each)
    assert size == Size(shards=shards, max_instances=most, resource_per_instance=each)


def test_what_does_not_fit_is_refused_with_what_would() -> None:
    refused = size_kind(1001, STATE, POLICY, max_instances=10, resource_per_instance=100)
    assert isinstance(refused, Refused)
    assert "need 11 instances, the maximum is 10" in refused.detail
    assert refused.reasons == ("The smallest resourcePerInstance that fits is 101.",)


def test_what_cannot_fit_at_all_is_refused_with_the_instances_needed() -> None:
    refused = size_kind(500_001, STATE, POLICY)
    assert isinstance(refused, Refused)
    assert "at least 101 are needed" in refused.reasons[0]


@pytest.mark.parametrize(
    ("most", "each", "faults"), [(2, 1, 1), (101, 1, 1), (3, 0, 1), (3, 5001, 1), (0, -1, 2)]
)
def test_a_value_out_of_range_is_refused_with_the_range(most: int, each: int, faults: int) -> None:
    refused = size_kind(0, STATE, POLICY, max_instances=most, resource_per_instance=each)
    assert isinstance(refused, Refused)
    assert len(refused.reasons) == faults
    assert all("allowed are whole numbers from" in reason for reason in refused.reasons)


def test_what_is_not_given_keeps_the_value_in_force() -> None:
    state = KindState(kind="Thing", max_instances=20, resource_per_instance=7)
    assert size_kind(14, state, POLICY) == Size(shards=10, max_instances=20, resource_per_instance=7)


@given(st.integers(0, 600_000), st.integers(3, 100), st.integers(1, 5000))
def test_a_size_always_holds_the_resources(count: int, most: int, each: int) -> None:
    size = size_kind(count, STATE, POLICY, max_instances=most, resource_per_instance=each)
    if isinstance(size, Size):
        assert size.shards * each >= count
        assert min(most, POLICY.init_instances) <= size.shards <= most
    else:
        assert most * each < count
