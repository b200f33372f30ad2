"""What a leader knows of one shard's instance."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.core.lifecycle import Verdict

BEATS = 60
"""Beats of an instance that are remembered."""

AT_ONCE_S = 0.5
"""A worker that acknowledges beats again at once: beats this close together say no more than one."""

UNKNOWN_TRIP = 0.2
"""The share of the interval that an answer and the next exchange are taken to need, until it is known."""

LONGEST_TRIP = 0.5
"""No longer share is made up for: a worker that is slow to come back does not exchange ever faster."""

CALMS = 0.2
"""A longer way counts at once; of a shorter one, so much of the difference: ways vary."""


@dataclass(slots=True, kw_only=True)
class Member:
    """What is known of one shard's instance. Times are monotonic seconds of this leader.

    ``since``: its predecessor has ended before that, as far as this leader knows. ``first_beat``,
    ``reported_first``: when this leader first heard of it, and first heard what it holds; ``beats``: the
    latest that decide over life and death, in the order in which they came. ``answered``: when its last
    exchange was answered without news, None: it has come back since; ``round_trip``: seconds that takes.
    """

    incarnation: int = 0
    since: float = -math.inf
    accepted: bool = False
    pending: bool = False
    started: float = 0.0
    last_beat: float | None = None
    load: Mapping[str, int] = field(default_factory=dict)
    load_at: float = -math.inf
    verdict: Verdict | None = None
    evidence: str = ""
    failures: int = 0
    not_before: float = 0.0
    complaint: str = ""
    first_beat: float | None = None
    reported_first: float | None = None
    beats: deque[float] = field(default_factory=lambda: deque(maxlen=BEATS))
    answered: float | None = None
    round_trip: float | None = None

    def remember(self, received: float) -> None:
        """Keep it for people to look at; beats of one moment are one."""
        if self.first_beat is None:
            self.first_beat = received
        if not self.beats or received - self.beats[-1] >= AT_ONCE_S:
            self.beats.append(received)

    def came_back(self, received: float) -> None:
        """Its next exchange is here: learn how long the answer and this one were on the way."""
        if self.answered is None:
            return
        took, known = max(0.0, received - self.answered), self.round_trip
        self.answered = None
        self.round_trip = took if known is None or took > known else known + CALMS * (took - known)

    def keep_waiting(self, interval: float) -> float:
        """Seconds to leave its exchange without an answer, so that the next comes an interval after it."""
        trip = UNKNOWN_TRIP * interval if self.round_trip is None else self.round_trip
        return interval - min(trip, LONGEST_TRIP * interval)
