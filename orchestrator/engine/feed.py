"""The live stream: what happens is handed to every reader, and a slow reader harms nobody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from orchestrator.engine.facade import FeedItem

KEPT = 1_000
"""Items kept for readers that come back with the id of the last one they saw."""

BEHIND = 1_000
"""A reader that is further behind is told to reload instead of being sent the rest."""


class Feed:
    def __init__(self) -> None:
        self._kept: deque[FeedItem] = deque(maxlen=KEPT)
        self._readers: set[asyncio.Queue[FeedItem | None]] = set()
        self._last = 0

    def publish(self, event: str, data: dict[str, Any]) -> None:
        self._last += 1
        item = FeedItem(id=self._last, event=event, data=data)
        self._kept.append(item)
        for queue in self._readers:
            if queue.qsize() >= BEHIND:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(FeedItem(id=item.id, event="reload", data={}))
            else:
                queue.put_nowait(item)

    async def read(self, after: int | None) -> AsyncIterator[FeedItem]:
        """Items after the one with that id; an item ``reload`` first when some of them are gone."""
        queue: asyncio.Queue[FeedItem | None] = asyncio.Queue()
        if after is not None:
            oldest = self._kept[0].id if self._kept else self._last + 1
            if after > self._last or after < oldest - 1:
                queue.put_nowait(FeedItem(id=self._last, event="reload", data={}))
            else:
                for item in self._kept:
                    if item.id > after:
                        queue.put_nowait(item)
        self._readers.add(queue)
        try:
            while (next_item := await queue.get()) is not None:
                yield next_item
        finally:
            self._readers.discard(queue)

    def restart(self, first: int) -> None:
        """Send every reader away, and number what is to come from ``first`` on, above all before.

        So an id says which leader gave it: a reader that comes back with one of another leader's reloads.
        """
        self._kept.clear()
        self._last = max(self._last, first - 1)
        readers, self._readers = self._readers, set()
        for queue in readers:
            queue.put_nowait(None)
