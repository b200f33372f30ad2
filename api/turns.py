"""Readers of the live stream have their turn together: one task writes to all of them, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from api.frames import Frames
from api.reader import Reader

TURNS = 8
"""Into so many the readers are dealt, so that not all are written to at once."""

SLICE = 4
"""Readers that are written to in one go. Then comes whatever else waits for the event loop, the answer to a
commit among it, and threads that wait for the interpreter."""


class Turns:
    """``pace``: seconds between two blocks for one reader; ``patience``: for one that does not read."""

    def __init__(self, frames: Frames, pace: float, patience: float) -> None:
        self._turns = [Turn(frames, pace, number / TURNS * pace, patience) for number in range(TURNS)]

    def least(self) -> Turn:
        """The one with the fewest readers."""
        return min(self._turns, key=len)


class Turn:
    """Its readers take what there is at the same moment, and so are sent the same block.

    The first item after a pause is sent at once, what follows with the pace.
    """

    def __init__(self, frames: Frames, pace: float, offset: float, patience: float) -> None:
        self._frames = frames
        self._pace = pace
        self._offset = offset
        self._patience = patience
        self._readers: dict[Reader, None] = {}
        self._news = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._readers)

    def wake(self) -> None:
        """There may be something to take."""
        self._news.set()

    def join(self, reader: Reader) -> None:
        """Sends what there is at once. Raises ConnectionResetError for a reader that left."""
        block = reader.take(self._frames)
        if block:
            reader.write(block)
        self._readers[reader] = None
        self._news.set()
        if self._work is None:
            self._work = asyncio.create_task(self._run())
            self._work.add_done_callback(self._failed)

    def leave(self, reader: Reader) -> None:
        self._readers.pop(reader, None)
        if not self._readers and self._work is not None:
            self._work.cancel()
            self._work = None

    async def _run(self) -> None:
        while True:
            self._news.clear()
            due = self._due()
            for start in range(0, len(due), SLICE):
                for reader, block in due[start : start + SLICE]:
                    # it may have left while the others were written to
                    if reader in self._readers:
                        _write(reader, block)
                await asyncio.sleep(0)
            if due or any(reader.is_behind for reader in self._readers):
                await asyncio.sleep(self._rest())
            else:
                await self._news.wait()

    def _due(self) -> Sequence[tuple[Reader, bytes]]:
        """All take before the first is written to: what happens meanwhile is for the next time."""
        now = asyncio.get_running_loop().time()
        due: list[tuple[Reader, bytes]] = []
        for reader in self._readers:
            if reader.keeps_up(now, self._patience):
                block = reader.take(self._frames)
                if block is not None:
                    due.append((reader, block))
        return due

    def _rest(self) -> float:
        """Seconds until the next time: at fixed moments, so that the turns stay apart."""
        return self._pace - (asyncio.get_running_loop().time() - self._offset) % self._pace

    def _failed(self, work: asyncio.Task[None]) -> None:
        if work.cancelled():
            return
        if self._work is work:
            self._work = None
        for reader in self._readers:
            reader.end(work.exception())


def _write(reader: Reader, block: bytes) -> None:
    if not block:
        return
    try:
        reader.write(block)
    except ConnectionResetError as left:
        reader.end(left)
