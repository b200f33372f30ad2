"""The machine's clocks, for everything outside the tests."""

from __future__ import annotations

import asyncio
import time

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The Clock port. The monotonic one goes on while the machine is suspended, where the system has such."""

    def monotonic(self) -> float:
        return time.clock_gettime(_BOOT)

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
