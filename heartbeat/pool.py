"""Beats that wait for the engine: the latest of each instance. Loop thread only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from orchestrator.ports import Beat


class Pool:
    """``limit``: beats that are kept; beyond it the one that waits longest is dropped and counted."""

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self._limit = limit
        # By incarnation too: a late beat of an earlier one must not hide that of its successor.
        self._latest: dict[tuple[str, int, int | None], Beat] = {}
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def is_empty(self) -> bool:
        """Whether the reader has taken all there is."""
        return not self._latest

    def put(self, beat: Beat) -> None:
        name = beat.kind, beat.shard, beat.incarnation
        known = self._latest.get(name)
        # Channels with several partitions bring an older beat after a newer one.
        if known is not None and known.received > beat.received:
            return
        self._latest.pop(name, None)
        if len(self._latest) >= self._limit:
            del self._latest[next(iter(self._latest))]
            self.dropped += 1
        self._latest[name] = beat
        self._changed.set()

    async def batches(self) -> AsyncIterator[Sequence[Beat]]:
        """What has come since the last batch, oldest first; never empty. Ends when closed."""
        while not self._closed:
            await self._changed.wait()
            self._changed.clear()
            batch = list(self._latest.values())
            self._latest.clear()
            if batch:
                yield batch

    def close(self) -> None:
        self._closed = True
        self._changed.set()
