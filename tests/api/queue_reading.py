"""A place in a stream that a test fills."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from orchestrator.engine.facade import FeedItem

AT_ONCE = 100


class QueueReading:
    """Is one of ``waiting`` until it is closed."""

    def __init__(self, waiting: list[QueueReading], wake: Callable[[], None]) -> None:
        self._waiting = waiting
        self._wake = wake
        self._items: deque[FeedItem] = deque()
        waiting.append(self)

    def put(self, item: FeedItem) -> None:
        self._items.append(item)
        self._wake()

    def take(self) -> Sequence[FeedItem]:
        return [self._items.popleft() for _ in range(min(AT_ONCE, len(self._items)))]

    def close(self) -> None:
        self._waiting.remove(self)
