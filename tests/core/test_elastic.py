"""How many shards the load asks for: fast up, slowly down, and never to and fro."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.elastic.advice import Advice, Verb, advise, needed
from orchestrator.core.elastic.meter import Meter, Sample, possible
from orchestrator.core.elastic.policy import Bearing, ElasticMode, ElasticPolicy

CPU = Bearing("cpu", 1000, 0.6)
POLICY = ElasticPolicy(
    mode=ElasticMode.ACT,
    bearings=(CPU,),
    shrink_below=0.8,
    half_life=30.0,
    stale_after=20.0,
    shrink_after=120.0,
    cooldown=60.0,
    grow_step=100,
    shrink_step=100,
)
TICK_S = 5.0
LOADS = st.integers(0, 50_000)

Load = Callable[[float], float]


class Kind:
    """A kind whose load is spread evenly over its shards, sized by the advice at once, cooldown observed."""

    def __init__(self, policy: ElasticPolicy, shards: int, *, least: int = 1, most: int = 1000) -> None:
        self.policy, self.shards, self.least, self.most = policy, shards, least, most
        self.meter = Meter(policy)
        self.now = 0.0
        self.sizes: list[int] = [shards]
        self.advice: Advice | None = None
        self._changed_at = -math.inf

    def tick(self, loads: Mapping[str, float], *, silent: frozenset[int] = frozenset()) -> Advice:
        numbers = range(self.shards)
        samples = [
            Sample(
                shard=n,
                at=self.now,
                values={name: _part(round(total), self.shards, n) for name, total in loads.items()},
            )
            for n in numbers
            if n not in silent
        ]
        measures = self.meter.take(samples, numbers, self.now)
        advice = advise(measures, self.shards, self.policy, least=self.least, most=self.most)
        if advice.shards != self.shards and self.now - self._changed_at >= self.policy.cooldown:
            self.shards, self._changed_at = advice.shards, self.now
            self.sizes.append(self.shards)
        self.now += TICK_S
        self.advice = advice
        return advice

    def run(self, load: Load, seconds: float) -> list[int]:
        """The sizes that it had, from the first on."""
        end = self.now + seconds
        while self.now < end:
            self.tick({"cpu": load(self.now)})
        return self.sizes


def _part(total: int, shards: int, number: int) -> int:
    return total // shards + (number < total % shards)


def fits(load: float, shards: int, policy: ElasticPolicy = POLICY) -> bool:
    """Whether so many shards are within the band for this load."""
    room = policy.bearings[0].room
    return needed(load, room) <= shards <= max(1, needed(load, room * policy.shrink_below))


@given(LOADS, st.integers(1, 100))
def test_a_constant_load_makes_at_most_one_change_and_ends_within_the_band(load: int, shards: int) -> None:
    kind = Kind(POLICY, shards)
    sizes = kind.run(lambda at: load, 600)
    assert len(sizes) <= 2
    assert fits(load, kind.shards)


@given(LOADS, st.integers(1, 100), st.integers(1, 7), st.integers(1, 7))
def test_with_steps_a_constant_load_leads_one_way_only(load: int, shards: int, up: int, down: int) -> None:
    policy = replace(POLICY, grow_step=up, shrink_step=down)
    kind = Kind(policy, shards)
    sizes = kind.run(lambda at: load, 120 + 60 * 101)
    steps = [after - before for before, after in pairwise(sizes)]
    assert all(0 < step <= up for step in steps) or all(-down <= step < 0 for step in steps)
    assert fits(load, kind.shards)


@given(LOADS, LOADS)
def test_a_step_of_the_load_converges_without_overshoot(before: int, after: int) -> None:
    kind = Kind(POLICY, needed(before, CPU.room))
    kind.run(lambda at: before, 300)
    settled = kind.shards
    sizes = kind.run(lambda at: after, 1500)[kind.sizes.index(settled) :]
    assert fits(after, kind.shards)
    if after > before:
        assert sizes == sorted(sizes), "it only grew"
        assert max(sizes) <= max(settled, needed(after, CPU.room)), "and never beyond what is needed"
    else:
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes) >= min(settled, needed(after, CPU.room)), "never below what is needed"


@given(st.integers(600, 50_000), st.lists(st.floats(-1.0, 1.0), min_size=20, max_size=200))
def test_noise_within_the_band_changes_nothing(middle: int, noise: list[float]) -> None:
    shards = needed(middle, CPU.room)
    high, low = shards * CPU.room, shards * CPU.room * POLICY.shrink_below
    # the load that the shards were made for, anywhere in the band
    mean, swing = (high + low) / 2, (high - low) / 2
    kind = Kind(POLICY, shards)
    for each in noise * 3:
        kind.tick({"cpu": math.floor(mean + each * swing * 0.99)})
    assert kind.sizes == [shards]


@given(st.lists(LOADS, min_size=1, max_size=200), st.integers(1, 50))
def test_no_course_of_the_load_goes_below_the_least_or_beyond_the_most(loads: list[int], shards: int) -> None:
    kind = Kind(replace(POLICY, min_shards=4, max_shards=40), shards, least=3, most=50)
    for load in loads:
        advice = kind.tick({"cpu": load})
        if advice.verb is Verb.GROW:
            assert advice.now < advice.shards <= 40
        elif advice.verb is Verb.SHRINK:
            assert 4 <= advice.shards < advice.now
        else:
            assert advice.shards == advice.now


@given(
    st.lists(st.tuples(LOADS, st.frozensets(st.integers(0, 60), max_size=20)), min_size=1, max_size=120),
    st.integers(1, 60),
)
def test_nothing_shrinks_while_a_shard_is_unknown_or_was_within_the_window(
    course: list[tuple[int, frozenset[int]]], shards: int
) -> None:
    kind = Kind(POLICY, shards)
    heard_from = 0.0
    heard: dict[int, float] = {}
    for load, silent in course:
        numbers = range(kind.shards)
        heard.update({n: kind.now for n in numbers if n not in silent})
        if any(kind.now - heard.get(n, -math.inf) > POLICY.stale_after for n in numbers) or silent & set(
            numbers
        ):
            heard_from = kind.now
        now = kind.now
        advice = kind.tick({"cpu": load}, silent=silent)
        if advice.verb is Verb.SHRINK:
            assert now - heard_from >= POLICY.shrink_after


@given(LOADS, st.integers(2, 60), st.integers(1, 59))
def test_growth_follows_only_what_is_known(load: int, shards: int, silent: int) -> None:
    silent = min(silent, shards - 1)
    kind = Kind(POLICY, shards)
    numbers = frozenset(range(silent))
    heard = sum(_part(load, shards, n) for n in range(silent, shards))
    for _ in range(20):
        advice = kind.tick({"cpu": load}, silent=numbers)
        # after growth the same are silent of more, so the first is what is looked at
        if advice.verb is Verb.GROW:
            assert advice.shards <= needed(heard, CPU.room)
            return
    assert needed(heard, CPU.room) <= shards


def test_growth_waits_a_half_life_and_no_longer() -> None:
    kind = Kind(POLICY, 2)
    kind.run(lambda at: 5000, 30)
    assert kind.sizes == [2]
    kind.run(lambda at: 5000, 10)
    assert kind.sizes == [2, 9]


def test_a_spike_that_is_over_grows_nothing() -> None:
    kind = Kind(POLICY, 4)
    kind.run(lambda at: 2300, 100)
    kind.run(lambda at: 2700, 5)
    kind.run(lambda at: 2300, 100)
    assert kind.sizes == [4]


def test_shrinking_waits_until_the_load_was_low_for_the_whole_window() -> None:
    kind = Kind(POLICY, 10)
    kind.run(lambda at: 6000, 200)
    # half way through the window the load is back for a moment
    kind.run(lambda at: 1000, 100)
    kind.run(lambda at: 6000, 60)
    began = kind.now
    kind.run(lambda at: 1000, 110)
    assert kind.sizes == [10]
    kind.run(lambda at: 1000, 400)
    assert kind.shards == 3
    assert kind.now - began <= 510


def test_the_dimension_that_needs_most_decides() -> None:
    policy = replace(POLICY, bearings=(CPU, Bearing("messages", 100, 0.5)))
    kind = Kind(policy, 4)
    for _ in range(10):
        advice = kind.tick({"cpu": 600, "messages": 500})
    assert kind.sizes == [4, 10]
    assert "messages" in str(advice.why)
    assert {use.name: use.known for use in advice.uses} == {"cpu": 10, "messages": 10}


def test_a_dimension_that_nobody_reports_forbids_shrinking_and_not_growing() -> None:
    policy = replace(POLICY, bearings=(CPU, Bearing("messages", 100, 0.5)))
    kind = Kind(policy, 4)
    for _ in range(60):
        advice = kind.tick({"cpu": 10})
    assert (kind.sizes, advice.verb) == ([4], Verb.HOLD)
    assert "messages is not known" in advice.why
    for _ in range(60):
        kind.tick({"cpu": 6000})
    assert kind.shards == 10


def test_nothing_known_is_no_advice() -> None:
    advice = Kind(POLICY, 4).tick({})
    assert (advice.verb, advice.shards, advice.saves) == (Verb.UNKNOWN, 4, 0)


def test_an_old_sample_says_nothing() -> None:
    meter = Meter(POLICY)
    old = Sample(shard=0, at=0.0, values={"cpu": 900})
    assert meter.take([old], [0], 20.0)["cpu"].total == 900
    assert meter.take([old], [0], 20.1) == {}


@pytest.mark.parametrize("value", [-1, -0.5, math.nan, math.inf, 2**70, True, "12", None, [1]])
def test_values_that_cannot_be_true_are_counted_and_ignored(value: object) -> None:
    assert possible(value) is None
    meter = Meter(POLICY)
    bad = Sample(shard=0, at=0.0, values={"cpu": value})
    for now in (0.0, 5.0):
        measures = meter.take([bad, Sample(shard=1, at=0.0, values={"cpu": 7})], [0, 1], now)
    assert (measures["cpu"].total, measures["cpu"].unknown) == (7, (0,))
    assert meter.ignored == {"cpu": 1}, "the same report counts once"


def test_the_later_of_two_reports_of_a_shard_counts() -> None:
    worker = Sample(shard=0, at=0.0, values={"cpu": 100, "rate": 3})
    runtime = Sample(shard=0, at=0.0, values={"cpu": 250})
    assert Meter(POLICY).take([worker, runtime], [0], 0.0)["cpu"].by_shard == {0: 250}


def test_the_saving_is_what_the_shards_bear_that_would_go() -> None:
    kind = Kind(replace(POLICY, shrink_step=3), 10)
    while (advice := kind.tick({"cpu": 600})).verb is not Verb.SHRINK:
        assert kind.now < 600
    assert (advice.shards, advice.saves, dict(advice.saving)) == (7, 3, {"cpu": 3000})


def test_the_sum_of_the_load_and_not_each_part_of_it_is_smoothed() -> None:
    """An id that moves takes its load along: for a moment nobody has it, and never do both."""
    meter = Meter(POLICY)
    now, totals = 0.0, []
    for first in [1000] * 20 + [500, 0] + [0] * 20:
        samples = [Sample(shard=0, at=now, values={"cpu": first})]
        samples.append(Sample(shard=1, at=now, values={"cpu": 1000 - first}))
        totals.append(meter.take(samples, [0, 1], now)["cpu"].smoothed)
        now += TICK_S
    assert max(totals) - min(totals) < 1e-6
