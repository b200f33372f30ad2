"""The bounded queue between a network thread and the event loop that reads it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from orchestrator.ports import Connected, Disconnected, NotificationEvent


class Inbound:
    """Filled by any thread, emptied by one task; each wake of the loop stands for all that is there.

    What does not fit is dropped and counted, and a ``Connected`` follows it: something was missed, so
    whoever reads must look at everything again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: deque[NotificationEvent] = deque()
        self._lock = threading.Lock()
        self._overflowed = False
        self._rung = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self.dropped = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop reads; before any event is put."""
        self._loop = loop

    def put(self, event: NotificationEvent) -> None:
        """Add an event; from any thread, never blocks for long."""
        with self._lock:
            control = isinstance(event, Connected | Disconnected)
            if len(self._events) >= self._limit and not control:
                self.dropped += 1
                self._overflowed = True
            else:
                self._events.append(event)
            if self._rung:
                return
            self._rung = True
        self.ring()

    def ring(self) -> None:
        """Wake the reader; from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(self._bell.set)
        except RuntimeError:
            # The loop closed between the two lines: then nobody reads any more.
            return

    def take(self, most: int) -> list[NotificationEvent]:
        """At most ``most`` events in order (one more when some were dropped before)."""
        with self._lock:
            self._rung = False
            count = min(most, len(self._events))
            taken = [self._events.popleft() for _ in range(count)]
            if self._overflowed:
                self._overflowed = False
                taken.append(Connected())
            return taken

    def clear(self) -> None:
        """Forget what was not taken."""
        with self._lock:
            self._events.clear()
            self._overflowed = False

    async def wait(self, timeout_s: float) -> None:
        """Until something was put or ``timeout_s`` passed."""
        try:
            await asyncio.wait_for(self._bell.wait(), timeout_s)
        except TimeoutError:
            return
        self._bell.clear()
