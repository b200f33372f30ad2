"""Beats in a simulated world: what is received arrives, and the channel is alive unless it is broken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from heartbeat.pool import Pool
from orchestrator.ports import Beat, Clock


class MemoryHeartbeats:
    """The Heartbeats port without a network."""

    def __init__(self, clock: Clock, *, limit: int = 10_000) -> None:
        self._clock = clock
        self._pool = Pool(limit)
        self._alive = True
        self._proven: float | None = None

    @property
    def fault(self) -> str:
        return "" if self._alive else "it is cut"

    @property
    def counters(self) -> dict[str, int]:
        return {"dropped": self._pool.dropped}

    @property
    def last_malformed(self) -> tuple[str, ...]:
        return ()

    def receive(self, beat: Beat) -> None:
        """Deliver a beat; it is lost while the channel is broken."""
        if self._alive:
            self._pool.put(beat)

    def batches(self) -> AsyncIterator[Sequence[Beat]]:
        return self._pool.batches()

    def proven(self) -> float | None:
        if self._alive:
            self._proven = self._clock.monotonic()
        return self._proven

    def cut(self) -> None:
        """Break the channel: nothing arrives, and the proof stays where it is."""
        self.proven()
        self._alive = False

    def mend(self) -> None:
        self._alive = True

    async def close(self) -> None:
        self._pool.close()
