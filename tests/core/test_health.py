"""Who is heard of in time, how many may be stopped for silence, and how long a failing one waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.health import Diagnosis, Health, Pulse, backoff, diagnose, kill_gate
from orchestrator.core.policy import HealthPolicy

POLICY = HealthPolicy(
    late_after=5.5, deadline=15.0, startup_grace=20.0, window=30.0, kill_ratio=0.1, backoff_most=60.0
)


@pytest.mark.parametrize(
    ("pulse", "now", "health", "wake_at"),
    [
        (Pulse(started=100, last_beat=None, listening_since=0), 100, Health.STARTING, 120),
        (Pulse(started=100, last_beat=None, listening_since=0), 119.9, Health.STARTING, 120),
        (Pulse(started=100, last_beat=None, listening_since=0), 120, Health.LOST, None),
        (Pulse(started=100, last_beat=None, listening_since=110), 120, Health.STARTING, 130),
        (Pulse(started=100, last_beat=200, listening_since=0), 200, Health.FRESH, 205.5),
        (Pulse(started=100, last_beat=200, listening_since=0), 205.4, Health.FRESH, 205.5),
        (Pulse(started=100, last_beat=200, listening_since=0), 205.5, Health.LATE, 215),
        (Pulse(started=100, last_beat=200, listening_since=0), 215, Health.LOST, None),
        (Pulse(started=100, last_beat=200, listening_since=300), 310, Health.LATE, 315),
    ],
)
def test_the_state_of_an_instance_by_its_beats(
    pulse: Pulse, now: float, health: Health, wake_at: float | None
) -> None:
    assert diagnose(pulse, POLICY, now=now) == Diagnosis(health=health, wake_at=wake_at)


@given(
    st.integers(0, 100),
    st.none() | st.integers(0, 200),
    st.integers(0, 200),
    st.integers(0, 400),
    st.integers(1, 30),
)
def test_waking_shows_the_next_state_and_no_state_comes_before(
    started: float, last_beat: float | None, listening_since: float, now: float, late_after: float
) -> None:
    policy = HealthPolicy(late_after=late_after, deadline=15.0, startup_grace=20.0)
    pulse = Pulse(started=started, last_beat=last_beat, listening_since=listening_since)
    first = diagnose(pulse, policy, now=now)
    if first.wake_at is None:
        assert first.health is Health.LOST
        return
    assert first.wake_at > now
    assert diagnose(pulse, policy, now=(now + first.wake_at) / 2).health is first.health
    assert diagnose(pulse, policy, now=first.wake_at).health is not first.health


def stopped(
    silent: list[int],
    total: int,
    *,
    at: list[float] | None = None,
    proven: float | None = 999.0,
    since: float = 0.0,
) -> tuple[int, ...]:
    sentence = kill_gate(silent, total, at or [], POLICY, proven=proven, leading_since=since, now=1000.0)
    assert sorted([*sentence.stop, *sentence.spared]) == sorted(silent)
    assert bool(sentence.why) == bool(sentence.spared)
    return sentence.stop


def test_nobody_is_stopped_while_the_channel_is_unproven() -> None:
    assert stopped([3], 10, proven=None) == ()
    assert stopped([3], 10, proven=994.9) == ()
    assert stopped([3], 10, proven=995.0) == (3,)


def test_nobody_is_stopped_within_a_window_of_the_leaders_start() -> None:
    assert stopped([3], 10, since=970.1) == ()
    assert stopped([3], 10, since=970.0) == (3,)


def test_all_of_two_or_more_silent_is_a_question_for_a_person() -> None:
    assert stopped([0, 1], 2) == ()
    assert stopped(list(range(50)), 50) == ()
    assert stopped([0], 1) == (0,)


@pytest.mark.parametrize(("total", "most"), [(2, 1), (9, 1), (19, 1), (20, 2), (100, 10)])
def test_at_most_a_tenth_and_at_least_one_is_stopped_in_a_window(total: int, most: int) -> None:
    silent = list(range(total - 1))
    assert stopped(silent, total) == tuple(range(min(most, len(silent))))
    assert stopped(silent, total, at=[970.1] * most) == ()
    assert len(stopped(silent, total, at=[970.0] * most)) == min(most, len(silent))


def test_nobody_silent_is_nobody_stopped() -> None:
    assert stopped([], 5) == ()


@given(st.integers(-1, 10_000))
def test_the_backoff_grows_and_is_bounded(failures: int) -> None:
    wait, more = backoff(failures, POLICY), backoff(failures + 1, POLICY)
    assert 0 <= wait <= more <= POLICY.backoff_most
    assert (wait == 0) == (failures <= 0)
