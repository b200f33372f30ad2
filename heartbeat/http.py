"""Beats that workers send to our own listener, and the proof that it can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from heartbeat.pool import Pool
from orchestrator.errors import Unavailable
from orchestrator.ports import Beat, Clock

LIMIT = 10_000
INTERVAL_S = 1.0


class HttpHeartbeats:
    """The Heartbeats port over HTTP.

    ``interval_s``: how often the channel is proven, and how long the proof is waited for.
    """

    def __init__(self, clock: Clock, *, interval_s: float = INTERVAL_S, limit: int = LIMIT) -> None:
        self.fault = "not proven yet"
        self._clock = clock
        self._interval_s = interval_s
        self._pool = Pool(limit)
        self._proven: float | None = None
        self._closed = False

    def receive(self, beat: Beat) -> None:
        """Take a beat from the worker's route; never waits, and keeps the latest of each instance."""
        if not self._closed:
            self._pool.put(beat)

    def batches(self) -> AsyncIterator[Sequence[Beat]]:
        return self._pool.batches()

    def proven(self) -> float | None:
        return self._proven

    @property
    def dropped(self) -> int:
        """Beats that nobody took in time."""
        return self._pool.dropped

    async def watch(self, probe: Callable[[], Awaitable[None]]) -> None:
        """Prove the channel again and again, until closed.

        ``probe`` goes the way that a beat goes and returns when it was answered; it raises Unavailable,
        OSError or TimeoutError when it was not. Anything else it raises ends the watch, and is a bug.
        """
        while not self._closed:
            # The moment before: what came back proves that a beat sent then would have arrived.
            begun = self._clock.monotonic()
            try:
                async with asyncio.timeout(self._interval_s):
                    await probe()
            except (Unavailable, OSError) as wrong:
                self.fault = str(wrong) or type(wrong).__name__
            else:
                self.fault = ""
                self._proven = begun
            await self._clock.sleep(self._interval_s)

    async def close(self) -> None:
        self._closed = True
        self._pool.close()
