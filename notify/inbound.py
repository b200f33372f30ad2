"""The bounded queue between a network thread and the event loop that reads it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence

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
        self._has_rung = False
        self._waiter: asyncio.Future[None] | None = None
        self.dropped = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop reads; before any event is put."""
        self._loop = loop

    def put(self, *events: NotificationEvent) -> None:
        """Add events, in order; from any thread, never blocks for long."""
        self.extend(events)

    def extend(self, events: Sequence[NotificationEvent]) -> None:
        """As ``put``."""
        with self._lock:
            if len(self._events) + len(events) <= self._limit:
                self._events.extend(events)
            else:
                for event in events:
                    self._squeeze(event)
            if self._rung:
                return
            self._rung = True
        self.ring()

    def _squeeze(self, event: NotificationEvent) -> None:
        if len(self._events) < self._limit or isinstance(event, Connected | Disconnected):
            self._events.append(event)
        else:
            self.dropped += 1
            self._overflowed = True

    def ring(self) -> None:
        """Wake the reader; from any thread."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            # The loop closed between the two lines: then nobody reads any more.
            return

    def take(self, most: int) -> list[NotificationEvent]:
        """At most ``most`` events in order (one more when some were dropped before)."""
        with self._lock:
            self._rung = False
            if len(self._events) <= most:
                taken = list(self._events)
                self._events.clear()
            else:
                taken = [self._events.popleft() for _ in range(most)]
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
        if not self._has_rung:
            # A future and a timer by hand: asyncio.wait_for makes a task for each wait.
            loop = asyncio.get_running_loop()
            self._waiter = waiter = loop.create_future()
            timer = loop.call_later(timeout_s, _finish, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._has_rung = False

    def _wake(self) -> None:
        self._has_rung = True
        if self._waiter is not None:
            _finish(self._waiter)


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
