"""Whether an instance is heard of in time, and how many may be stopped for silence (docs/states.md)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.policy import HealthPolicy

BETWEEN_PROOFS = 3.0
"""Seconds that may lie between two proofs of a channel that is well."""


class Health(StrEnum):
    STARTING = "starting"
    FRESH = "fresh"
    LATE = "late"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What is known of one incarnation: when it began and when it was last heard of (monotonic seconds).

    ``listening_since``: when this leader began to hear what is said, without a gap since; nobody is lost
    before it has listened for a whole deadline.
    """

    started: float
    last_beat: float | None
    listening_since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """``wake_at``: when the next state begins if nothing is heard until then; None: it is already lost."""

    health: Health
    wake_at: float | None


def diagnose(pulse: Pulse, policy: HealthPolicy, *, now: float) -> Diagnosis:
    """The state of an instance by its beats alone."""
    if pulse.last_beat is None:
        grace = max(policy.startup_grace, policy.deadline)
        lost_at = max(pulse.started, pulse.listening_since) + grace
        if now >= lost_at:
            return Diagnosis(health=Health.LOST, wake_at=None)
        return Diagnosis(health=Health.STARTING, wake_at=lost_at)
    heard = max(pulse.last_beat, pulse.listening_since)
    lost_at, late_at = heard + policy.deadline, heard + policy.late_after
    if now >= lost_at:
        return Diagnosis(health=Health.LOST, wake_at=None)
    if now >= late_at:
        return Diagnosis(health=Health.LATE, wake_at=lost_at)
    return Diagnosis(health=Health.FRESH, wake_at=min(late_at, lost_at))


def is_proven(proven: float | None, policy: HealthPolicy, *, now: float) -> bool:
    """Whether beats that were lost since the channel last proved itself cannot complete anybody's silence."""
    return proven is not None and now - proven <= (policy.deadline - policy.interval) / 2


def was_away(proven: float | None, policy: HealthPolicy, *, now: float) -> bool:
    """Whether the channel fails for longer than between two of its proofs: workers have to find it again."""
    return not is_proven(proven, policy, now=now) and (proven is None or now - proven > BETWEEN_PROOFS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Which of the silent may be stopped now, and why the others may not."""

    stop: tuple[int, ...]
    spared: tuple[int, ...] = ()
    why: str = ""


def kill_gate(
    silent: Collection[int],
    total: int,
    stopped_at: Sequence[float],
    policy: HealthPolicy,
    *,
    proven: float | None,
    leading_since: float,
    now: float,
) -> Sentence:
    """Decide how many silent shards of ``total`` may have their instance stopped.

    None while the channel is unproven, within one window of the leader's start, or when all of two or
    more are silent; else at most max(1, ``kill_ratio``) a window. ``stopped_at``: when others were
    stopped through this gate; ``proven``: when the channel last proved itself.
    """
    order = tuple(sorted(silent))
    if not order:
        return Sentence(stop=())
    if not is_proven(proven, policy, now=now):
        return Sentence(stop=(), spared=order, why="the channel of the beats is not proven alive")
    if now - leading_since < policy.window:
        return Sentence(stop=(), spared=order, why="the leader has not listened for a whole window yet")
    if len(order) == total and total >= 2:
        return Sentence(stop=(), spared=order, why=f"all {total} are silent: a person must decide")
    recent = sum(1 for at in stopped_at if now - at < policy.window)
    allowed = max(0, max(1, int(total * policy.kill_ratio)) - recent)
    why = f"at most {max(1, int(total * policy.kill_ratio))} are stopped in {policy.window:g} s"
    return Sentence(stop=order[:allowed], spared=order[allowed:], why=why if order[allowed:] else "")


def backoff(failures: int, policy: HealthPolicy) -> float:
    """Seconds to wait before the next instance after ``failures`` early ends in a row."""
    if failures <= 0:
        return 0.0
    return min(policy.backoff_most, policy.backoff_first * 2.0 ** min(failures - 1, 30))
