"""The patience with one instance that was asked to stop. Loop thread only."""

from __future__ import annotations

import asyncio

LOOK_S = 0.2
"""How often it is looked at; its first process's end is known at once, that of others is not."""


class Stopping:
    """``grace_s``: seconds from now until force is due."""

    def __init__(self, grace_s: float) -> None:
        self._due = asyncio.get_running_loop().time() + grace_s
        self._woken = asyncio.Event()

    def hurry(self, grace_s: float) -> None:
        """Asked again: force is due no later than ``grace_s`` from now."""
        self._due = min(self._due, asyncio.get_running_loop().time() + grace_s)
        self.wake()

    def wake(self) -> None:
        """Something may have ended: look now."""
        self._woken.set()

    @property
    def is_due(self) -> bool:
        """Whether the time for force has come."""
        return asyncio.get_running_loop().time() >= self._due

    async def wait(self) -> None:
        """Until it is worth looking again, at most ``LOOK_S``."""
        left = self._due - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(LOOK_S if left <= 0 else min(LOOK_S, left)):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()
