"""Time, as an argument of everything that decides."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time as the engine sees it; seconds."""

    def monotonic(self) -> float:
        """Boot-time clock: deadlines and ages."""

    def wall(self) -> float:
        """Seconds since the epoch: what is written down."""

    async def sleep(self, seconds: float) -> None: ...
