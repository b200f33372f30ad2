"""When a record was written, in our own time. Pure.

A record bears a time stamp: of the broker where the topic says ``LogAppendTime``, of its producer where it
says ``CreateTime``, the default. Either clock may be wrong. So the stamp only decides within what the order
of the log proves: after the last canary of ours that was read from the partition, and not after now. A
backlog of old beats stays old, and a wrong clock shifts a beat by no more than the age of that canary.
"""

from __future__ import annotations

from dataclasses import dataclass

AHEAD_S = 5.0
"""A stamp further in the future than this says nothing at all."""


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of arrival on both clocks, seconds."""

    monotonic: float
    wall: float


def written(stamp_ms: int, *, floor: float, now: Now) -> float:
    """Monotonic seconds at which a record was written; ``floor``: it was after this."""
    told = now.monotonic - (now.wall - stamp_ms / 1000)
    if told > now.monotonic + AHEAD_S:
        return floor
    return min(max(told, floor), now.monotonic)
