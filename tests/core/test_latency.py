"""From the event to its owner: stages, quantiles, and what was odd with the messages."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.coverage.histogram import BOUNDS, Histogram
from orchestrator.core.coverage.journey import Journey
from orchestrator.core.coverage.latency import GIVEN_UP_AFTER_S, Latency, Stage
from orchestrator.core.coverage.sequence import LATE_AT_MOST, SOURCES, Numbering

Took = st.lists(st.floats(0.0, 1_000.0), min_size=1)


@given(took=Took, share=st.floats(0.01, 1.0))
def test_a_quantile_lies_in_the_bucket_of_the_exact_one(took: list[float], share: float) -> None:
    histogram = Histogram()
    for seconds in took:
        histogram.add(seconds)
    ordered = sorted(took)
    exact = ordered[max(0, -(-int(share * len(took) * 1e9) // 10**9) - 1)]
    found = histogram.quantile(share)
    assert found is not None
    assert abs(bisect_left(BOUNDS, found) - bisect_left(BOUNDS, exact)) <= 1
    assert found <= histogram.longest == max(took)


@given(took=Took)
def test_the_buckets_add_up(took: list[float]) -> None:
    histogram = Histogram()
    for seconds in took:
        histogram.add(seconds)
    for bound, count in histogram.cumulative():
        assert count == sum(1 for seconds in took if seconds <= bound)
    assert histogram.sum == pytest.approx(sum(took))


def test_nothing_has_no_quantile_and_less_than_nothing_is_nothing() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    histogram.add(-1.0)
    assert (histogram.quantile(0.5), histogram.sum) == (0.0, 0.0)


def test_each_stage_is_timed() -> None:
    latency = Latency()
    latency.received(["a", "b"], 10.0, lag=0.5)
    latency.received(["c"], 10.0, lag=None)
    latency.committed(3, 7, ["a", "c"], 10.1)
    latency.committed(4, 2, ["b"], 10.2)
    latency.acknowledged(3, 6, 11.0)
    assert latency.stages[Stage.FROM_STAMP].count == 0
    latency.acknowledged(3, 7, 11.1)
    latency.acknowledged(4, None, 12.2)
    assert not latency.flights
    sums = {stage: histogram.sum for stage, histogram in latency.stages.items()}
    assert sums[Stage.STAMP_TO_RECEIVED] == pytest.approx(1.0)
    assert sums[Stage.RECEIVED_TO_COMMITTED] == pytest.approx(0.4)
    assert sums[Stage.COMMITTED_TO_ACKNOWLEDGED] == pytest.approx(1.0 + 1.0 + 2.0)
    assert sums[Stage.FROM_STAMP] == pytest.approx(0.5 + 1.1 + 0.5 + 2.2)
    assert sums[Stage.FROM_RECEIPT] == pytest.approx(1.1)


def test_an_id_that_moves_before_it_is_served_arrives_where_it_went() -> None:
    latency = Latency()
    latency.received(["a"], 0.0, lag=None)
    latency.committed(3, 7, ["a"], 1.0)
    latency.committed(4, 2, ["a"], 2.0)
    latency.acknowledged(3, 7, 3.0)
    assert latency.stages[Stage.FROM_RECEIPT].count == 0
    latency.acknowledged(4, 2, 4.0)
    assert latency.stages[Stage.FROM_RECEIPT].sum == 4.0
    assert latency.stages[Stage.RECEIVED_TO_COMMITTED].count == 1


def test_what_does_not_fit_is_counted_and_what_waits_for_too_long_makes_room() -> None:
    latency = Latency(at_most=2)
    latency.received(["a", "b", "c"], 0.0, lag=None)
    latency.received(["a"], 1.0, lag=None)
    latency.received(["d"], GIVEN_UP_AFTER_S, lag=-3.0)
    assert set(latency.flights) == {"b", "d"}
    assert latency.counted == {"duplicates": 1, "disorder": 0, "ahead": 1, "left-out": 1, "given-up": 1}


def test_stamps_that_go_back_are_counted_by_source() -> None:
    latency = Latency()
    for stamp, source in ((5.0, "a"), (4.0, "b"), (6.0, "a"), (5.5, "a"), (5.8, "a"), (6.0, "a")):
        latency.stamped(stamp, source)
    assert latency.counted["disorder"] == 2
    for number in range(10 * SOURCES):
        latency.stamped(1.0, f"source{number}")
    assert len(latency._latest) <= SOURCES


@given(numbers=st.permutations(range(1, 30)), dropped=st.sets(st.integers(2, 29)), begin=st.just(1))
def test_whatever_the_order_the_numbers_that_never_came_are_the_gaps(
    numbers: list[int], dropped: set[int], begin: int
) -> None:
    numbering = Numbering()
    numbering.take("relay", begin)
    came = [number for number in numbers if number not in dropped and number != begin]
    for number in came:
        numbering.take("relay", number)
    latest = max([begin, *came])
    assert numbering.gaps == len({n for n in dropped if n < latest})
    assert numbering.counted["repeated"] == 0


def test_repeated_numbers_and_new_sources_are_no_gaps() -> None:
    numbering = Numbering()
    for source, number in (("a", 7), ("a", 8), ("b", 900), ("a", 8), ("a", 7), ("b", 901)):
        numbering.take(source, number)
    assert (numbering.gaps, numbering.counted["repeated"]) == (0, 2)


def test_a_huge_gap_costs_no_memory_and_neither_do_many_sources() -> None:
    numbering = Numbering()
    numbering.take("a", 1)
    numbering.take("a", 10**15)
    assert numbering.gaps == 10**15 - 2
    assert len(numbering._sources["a"].missed) <= LATE_AT_MOST
    for number in range(10 * SOURCES):
        numbering.take(f"s{number}", 1)
    assert len(numbering._sources) <= SOURCES


def test_a_journey_is_told_when_it_ends_and_only_then() -> None:
    told: list[Journey] = []
    latency = Latency(ended=told.append)
    latency.received(["a", "b"], 10.0, lag=0.5, context="c")
    latency.committed(3, 7, ["a", "b"], 10.1)
    latency.forget(["b"])
    assert not told
    latency.acknowledged(3, 7, 11.1)
    (one,) = told
    assert one == Journey(
        resource_id="a",
        shard=3,
        generation=7,
        lag=0.5,
        received=10.0,
        committed=10.1,
        owned=11.1,
        context="c",
    )
