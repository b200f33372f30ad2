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


@dataclass(slots=True, kw_only=True)
class Member:
    """What is known of one shard's instance. Times are monotonic seconds of this leader.

    ``since``: its predecessor has ended before that, as far as this leader knows. ``first_beat``,
    ``reported_first``: when this leader first heard of it, and first heard what it holds; ``beats``: the
    latest that decide over life and death, in the order in which they came.
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

    def remember(self, received: float) -> None:
        """Keep it for people to look at; beats of one moment are one."""
        if self.first_beat is None:
            self.first_beat = received
        if not self.beats or received - self.beats[-1] >= AT_ONCE_S:
            self.beats.append(received)
