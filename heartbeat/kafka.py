"""Beats that workers send to a topic of Kafka, and the proof that they would be heard.

Every replica reads every partition, and proves the channel for itself by canaries of its own: nothing is
shared between replicas, and one that takes over already knows what was said before.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_reader import Reader
from heartbeat.pool import Pool
from orchestrator.ports import Beat, Clock

LIMIT = 200_000
CLOSE_S = 3.0


class KafkaHeartbeats:
    """The Heartbeats port on a topic. ``start`` it in the loop that reads it; it never waits for a broker."""

    def __init__(self, options: KafkaOptions, clock: Clock, *, limit: int = LIMIT) -> None:
        """``limit``: instances whose latest beat is kept while nobody takes it."""
        self._pool = Pool(limit)
        self._reader = Reader(options, clock, self._deliver)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: float | None = None
        self._proven: float | None = None

    def start(self) -> None:
        """Begin to read; once."""
        self._loop = asyncio.get_running_loop()
        self._reader.start()

    def batches(self) -> AsyncIterator[Sequence[Beat]]:
        return self._pool.batches()

    def proven(self) -> float | None:
        """As the port says. It stands still while beats wait for a reader: those have not been heard yet."""
        if self._pool.is_empty:
            self._proven = self._told
        return self._proven

    @property
    def fault(self) -> str:
        """Why the channel is not proven, a sentence; empty when it is."""
        return self._reader.fault

    @property
    def counters(self) -> dict[str, int]:
        """What was not taken for a beat, and how often the clients were built anew."""
        intake = self._reader.intake
        return {
            "malformed": intake.malformed,
            "stale": intake.stale,
            "ahead": intake.ahead,
            "dropped": self._pool.dropped,
            "rebuilds": self._reader.rebuilds,
        }

    @property
    def last_malformed(self) -> tuple[str, ...]:
        """Why the latest of the malformed records were none, the oldest first."""
        return tuple(self._reader.intake.last_malformed)

    async def close(self) -> None:
        """End the reading; what blocks in the client for longer than ``CLOSE_S`` ends by itself."""
        self._reader.closing.set()
        self._pool.close()
        if self._reader.is_alive():
            await asyncio.to_thread(self._reader.join, CLOSE_S)

    def _deliver(self, beats: list[Beat], proven: float | None) -> None:
        """On the reader's thread: wait until the loop has them, so that they cannot pile up before it."""
        assert self._loop is not None
        taken = threading.Event()
        try:
            self._loop.call_soon_threadsafe(self._take, beats, proven, taken)
        except RuntimeError:
            # The loop has ended without closing us.
            self._reader.closing.set()
        while not taken.wait(0.2) and not self._reader.closing.is_set():
            continue

    def _take(self, beats: list[Beat], proven: float | None, taken: threading.Event) -> None:
        for beat in beats:
            self._pool.put(beat)
        self._told = proven
        taken.set()
