"""The live stream: what happens is kept once for all readers, and a slow reader harms nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        # in order, and each once, however many readers it is to wake
        self._waiting: dict[Callable[[], None], None] = {}
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

    def on_news(self, wake: Callable[[], None]) -> None:
        self._waiting[wake] = None

    def _wake(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            for wake in waiting:
                wake()


class FeedReading:
    """One reader's place in the items of one leader."""

    def __init__(self, feed: Feed, run: _Run, after: int | None, wake: Callable[[], None]) -> None:
        self._feed = feed
        self._run = run
        self._at = run.last if after is None else after
        self._wake = wake
        self._is_open = True

    def take(self) -> Sequence[FeedItem] | None:
        """As ``Reading`` has it."""
        run, at = self._run, self._at
        if not run.begins - 1 <= at <= run.last:
            self._at = run.last
            return (FeedItem(id=run.last, event="reload", data={}),)
        if at < run.last:
            items = run.items[at + 1 - run.begins :]
            self._at = run.last
            return items
        if run.is_over:
            return None
        run.on_news(self._wake)
        return ()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._feed.readers -= 1


class Feed:
    """``readers``: how many read at the moment."""

    def __init__(self) -> None:
        self.readers = 0
        self._run = _Run(0)

    def publish(self, event: str, data: Any, kind: str | None = None, rows: int = 1) -> None:
        """``kind``: the one that it is about; None: none, or all of them. ``rows``: how much it is."""
        self._run.put(FeedItem(id=self._run.last + 1, event=event, data=data, kind=kind, rows=rows))

    def read(self, after: int | None, wake: Callable[[], None]) -> FeedReading:
        """What comes after the item with that id; None: after the latest. To be closed."""
        self.readers += 1
        return FeedReading(self, self._run, after, wake)

    def restart(self, first: int) -> None:
        """Send every reader away, and number what is to come from ``first`` on, above all before.

        So an id says which leader gave it: a reader that comes back with one of another leader's reloads.
        """
        before, self._run = self._run, _Run(max(self._run.last, first - 1))
        before.end()
