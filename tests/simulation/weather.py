"""How badly the links of a world behave at the moment."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from orchestrator.errors import Unavailable
from tests.simulation.faulty_store import Fault


@dataclass(kw_only=True)
class Weather:
    """Shares are probabilities of one call. ``out``: dependencies that answer nobody at the moment;
    ``lied_at``: when a reader last got a listing that was old.
    """

    chance: random.Random
    latency_s: float = 0.0
    unavailable: float = 0.0
    store_faults: float = 0.0
    late_ensure: float = 0.0
    stale_listing: float = 0.0
    lost_news: float = 0.0
    lost_answer: float = 0.0
    lost_notification: float = 0.0
    doubled_notification: float = 0.0
    delayed_notification_s: float = 0.0
    crash_after_commit: float = 0.0
    crash_at_call: float = 0.0
    refused_commit: float = 0.0
    touched_before_commit: float = 0.0
    session_ended: float = 0.0
    crash_in_convoy: float = 0.0
    lost_stop: float = 0.0
    forgotten_end: float = 0.0
    lost_watch: float = 0.0
    stale_read: float = 0.0
    lost_beat: float = 0.0
    doubled_beat: float = 0.0
    delayed_beat_s: float = 0.0
    out: set[str] = field(default_factory=set)
    lied_at: float = 0.0

    def clear_up(self) -> None:
        """Faults stop; the links stay as slow as they are."""
        for name, value in vars(Weather(chance=self.chance)).items():
            if name not in ("latency_s", "lied_at"):
                setattr(self, name, value)

    def happens(self, share: float) -> bool:
        return share > 0.0 and self.chance.random() < share

    async def delay(self) -> None:
        if self.latency_s:
            await asyncio.sleep(self.chance.expovariate(1.0 / self.latency_s))

    def refuse(self, dependency: str) -> None:
        """Raise Unavailable when the dependency is away, or by chance."""
        if dependency in self.out or self.happens(self.unavailable):
            raise Unavailable(f"{dependency}: no answer")

    def store_fault(self, call: str) -> Fault | None:
        if call in ("commit", "fence", "campaign") and self.happens(self.store_faults):
            return self.chance.choice(list(Fault))
        return None
