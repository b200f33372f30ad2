"""Notifications from memory: a test pushes events in, the engine reads them as from a broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from orchestrator.ports import Connected, NotificationEvent


class MemoryNotifications:
    """Notifications that a caller on the same loop pushes; connected from the start."""

    def __init__(self, *, connected: bool = True) -> None:
        self._events: list[NotificationEvent] = [Connected()] if connected else []
        self._wake = asyncio.Event()
        self._closed = False

    def push(self, *events: NotificationEvent) -> None:
        """Add events to the next batch; harmless after close."""
        self._events.extend(events)
        self._wake.set()

    async def batches(self) -> AsyncIterator[Sequence[NotificationEvent]]:
        """What was pushed since the last batch, in order; ends when closed."""
        while True:
            if self._events:
                batch, self._events = self._events, []
                yield batch
            elif self._closed:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    async def close(self) -> None:
        """End ``batches`` after what was already pushed."""
        self._closed = True
        self._wake.set()
