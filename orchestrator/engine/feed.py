"""The live stream: what happens is kept once for all readers, and a slow reader harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from orchestrator.engine.facade import FeedItem

KEPT = 4_000
"""Rows kept, and up to twice as many, for readers that are behind, or come back with the id of the last item
that they saw. A reader that is further behind is told to reload instead of being sent the rest."""


class _Run:
    """The items of one leader, numbered without a gap. ``begins``: the id of the first that is kept."""

    def __init__(self, last: int) -> None:
        self.items: list[FeedItem] = []
        self.begins = last + 1
        self.is_over = False
        self._waiting: list[asyncio.Future[None]] = []
        self._rows = 0

    @property
    def last(self) -> int:
        return self.begins + len(self.items) - 1

    def put(self, item: FeedItem) -> None:
        self.items.append(item)
        self._rows += item.rows
        if self._rows > 2 * KEPT:
            self._forget()
        self._wake()

    def _forget(self) -> None:
        """Now and then many at once: one by one would cost as much as they are. The latest is kept."""
        gone = 0
        while self._rows > KEPT and gone < len(self.items) - 1:
            self._rows -= self.items[gone].rows
            gone += 1
        del self.items[:gone]
        self.begins += gone

    def end(self) -> None:
        self.is_over = True
        self._wake()

    async def news(self) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)


class Feed:
    """``readers``: how many read at the moment."""

    def __init__(self) -> None:
        self.readers = 0
        self._run = _Run(0)

    def publish(self, event: str, data: Any, kind: str | None = None, rows: int = 1) -> None:
        """``kind``: the one that it is about; None: none, or all of them. ``rows``: how much it is."""
        self._run.put(FeedItem(id=self._run.last + 1, event=event, data=data, kind=kind, rows=rows))

    async def read(self, after: int | None) -> AsyncIterator[Sequence[FeedItem]]:
        """All there is after the item with that id, as often as there is more; None: after the latest.

        An item ``reload`` instead when some of them are gone. Ends with the leader.
        """
        run = self._run
        at = run.last if after is None else after
        self.readers += 1
        try:
            if not run.begins - 1 <= at <= run.last:
                at = run.last
                yield (_reload(at),)
            while True:
                if at < run.begins - 1:
                    at = run.last
                    yield (_reload(at),)
                elif at < run.last:
                    items = run.items[at + 1 - run.begins :]
                    at = items[-1].id
                    yield items
                elif run.is_over:
                    return
                else:
                    await run.news()
        finally:
            self.readers -= 1

    def restart(self, first: int) -> None:
        """Send every reader away, and number what is to come from ``first`` on, above all before.

        So an id says which leader gave it: a reader that comes back with one of another leader's reloads.
        """
        before, self._run = self._run, _Run(max(self._run.last, first - 1))
        before.end()


def _reload(last: int) -> FeedItem:
    return FeedItem(id=last, event="reload", data={})
