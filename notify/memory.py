"""Notifications from memory: a test pushes events in, the engine reads them as from a broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from orchestrator.ports import Connected, NotificationEvent


class MemoryNotifications:
    """Notifications that a caller on the same loop pushes; subscribed while somebody reads."""

    def __init__(self) -> None:
        self._events: list[NotificationEvent] = []
        self._wake = asyncio.Event()
        self._subscribed = False
        self._closed = False

    def push(self, *events: NotificationEvent) -> None:
        """Add events to the next batch; lost where nobody reads."""
        if self._subscribed:
            self._events.extend(events)
            self._wake.set()

    async def batches(self) -> AsyncIterator[Sequence[NotificationEvent]]:
        """What was pushed since the last batch, in order; ends when closed. One reader at a time."""
        self._events = [Connected()]
        self._subscribed = True
        try:
            while True:
                if self._events:
                    batch, self._events = self._events, []
                    yield batch
                elif self._closed:
                    return
                else:
                    self._wake.clear()
                    await self._wake.wait()
        finally:
            self._subscribed = False

    async def close(self) -> None:
        """End ``batches`` after what was already pushed."""
        self._closed = True
        self._wake.set()
