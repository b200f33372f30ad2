"""The proof that our own listener, to which workers beat in their exchange, can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from orchestrator.errors import Unavailable
from orchestrator.ports import Beat, Clock

INTERVAL_S = 1.0


class HttpHeartbeats:
    """The Heartbeats port over HTTP. It delivers nothing: an exchange is taken and answered at once.

    ``interval_s``: how often the channel is proven, and how long the proof is waited for.
    """

    def __init__(self, clock: Clock, *, interval_s: float = INTERVAL_S) -> None:
        self.fault = "not proven yet"
        self._clock = clock
        self._interval_s = interval_s
        self._proven: float | None = None
        self._closed = asyncio.Event()

    async def batches(self) -> AsyncIterator[Sequence[Beat]]:
        await self._closed.wait()
        nothing: tuple[Sequence[Beat], ...] = ()
        for batch in nothing:
            yield batch

    def proven(self) -> float | None:
        return self._proven

    @property
    def counters(self) -> dict[str, int]:
        """None: what is no beat was refused in its exchange."""
        return {}

    @property
    def last_malformed(self) -> tuple[str, ...]:
        return ()

    async def watch(self, probe: Callable[[], Awaitable[None]]) -> None:
        """Prove the channel again and again, until closed.

        ``probe`` goes the way that a beat goes and returns when it was answered; it raises Unavailable,
        OSError or TimeoutError when it was not. Anything else it raises ends the watch, and is a bug.
        """
        while not self._closed.is_set():
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
        self._closed.set()
