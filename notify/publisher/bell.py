"""Wakes the relay of the same process as soon as something was committed."""

from __future__ import annotations

import threading
import weakref


class Bell:
    """Rung after each commit that announces something; whoever listens is woken once for all rings."""

    def __init__(self) -> None:
        self._listeners: weakref.WeakSet[threading.Event] = weakref.WeakSet()
        self._lock = threading.Lock()

    def listen(self, event: threading.Event) -> None:
        """Set ``event`` at each ring, for as long as somebody holds it."""
        with self._lock:
            self._listeners.add(event)

    def ring(self) -> None:
        """From any thread."""
        with self._lock:
            for event in self._listeners:
                event.set()
