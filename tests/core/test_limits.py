"""How often somebody may ask, and how long who fails too often waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.access.limits import Buckets, Lockout, LockPolicy

POLICY = LockPolicy(after=3, first=1.0, most=60.0, forget=600.0)


@given(
    st.floats(0.1, 1000),
    st.integers(1, 50),
    st.lists(st.floats(0, 10), min_size=1, max_size=200),
)
def test_never_more_is_granted_than_the_burst_and_the_rate_allow(
    rate: float, burst: int, pauses: list[float]
) -> None:
    buckets, now, granted = Buckets(rate, burst), 0.0, 0
    for pause in pauses:
        now += pause
        granted += buckets.take("a", now) == 0
    assert granted <= burst + rate * now + 1e-6
    assert granted >= 1


def test_who_waits_as_long_as_it_was_told_is_granted() -> None:
    buckets = Buckets(2.0, 1)
    assert buckets.take("a", 0.0) == 0
    wait = buckets.take("a", 0.0)
    assert wait == 0.5
    assert buckets.take("a", wait) == 0


def test_names_do_not_share_a_bucket_and_a_clock_that_goes_back_gives_nothing() -> None:
    buckets = Buckets(1.0, 1)
    assert buckets.take("a", 100.0) == buckets.take("b", 100.0) == 0
    assert buckets.take("a", 50.0) > 0


def test_what_is_given_back_can_be_taken_again_and_no_more() -> None:
    buckets = Buckets(1.0, 2)
    assert buckets.take("a", 0.0) == 0
    for _ in range(5):
        buckets.give("a")
    assert [buckets.take("a", 0.0) == 0 for _ in range(3)] == [True, True, False]


def test_many_names_are_held_in_bounds_and_those_who_asked_most_are_remembered() -> None:
    buckets = Buckets(0.1, 5, names=100)
    for _ in range(5):
        buckets.take("greedy", 0.0)
    for number in range(10_000):
        buckets.take(number, 0.0)
        assert len(buckets) <= 100
    assert buckets.take("greedy", 0.0) > 0


def test_after_some_failures_each_attempt_waits_twice_as_long() -> None:
    lock, now, waits = Lockout(POLICY), 0.0, []
    for _ in range(11):
        waits.append(lock.failed("a", now))
        assert lock.wait("a", now) == waits[-1]
        now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert lock.wait("b", now) == 0


def test_a_success_forgets_all_and_forgiving_only_the_last() -> None:
    lock = Lockout(POLICY)
    for _ in range(3):
        lock.failed("a", 0.0)
        lock.failed("b", 0.0)
    lock.succeeded("a")
    lock.forgiven("b")
    assert (lock.wait("a", 0.0), lock.wait("b", 0.0)) == (0, 0)
    assert (lock.failed("a", 0.0), lock.failed("b", 0.0)) == (0, 1)


def test_failures_are_forgotten_in_time() -> None:
    lock = Lockout(POLICY)
    for _ in range(5):
        lock.failed("a", 0.0)
    assert lock.wait("a", 599.0) == 0
    assert lock.failed("a", 600.0) == 0
    assert len(lock) == 1


def test_no_number_of_failures_is_too_many() -> None:
    lock = Lockout(POLICY)
    for _ in range(5000):
        lock.failed("a", 0.0)
    assert lock.wait("a", 0.0) == 60


def test_many_names_that_fail_are_held_in_bounds_and_the_worst_is_remembered() -> None:
    lock = Lockout(POLICY, names=100)
    for _ in range(9):
        lock.failed("worst", 0.0)
    for number in range(5000):
        lock.failed(number, 0.0)
        assert len(lock) <= 100
    assert lock.wait("worst", 0.0) > 0
