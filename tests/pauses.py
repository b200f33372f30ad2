"""How long the event loop was held by this process, whatever else the machine and the other tests do."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.bootstrap.collector import calm_collector

EVERY_S = 0.001


@contextmanager
def calm() -> Iterator[None]:
    """The garbage collector as the server sets it: what thousands of tests left is not walked meanwhile."""
    before = gc.get_threshold()
    calm_collector()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Pauses:
    """Watches from its making to ``end``; seconds.

    ``held``: the longest that this process computed while the loop was late, which other processes do not
    lengthen. ``late``: the longest by the clock, which a call that waits lengthens as well.
    """

    def __init__(self) -> None:
        self.held = 0.0
        self.late = 0.0
        self._task = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while True:
            began, computed = time.perf_counter(), time.process_time()
            await asyncio.sleep(EVERY_S)
            late = time.perf_counter() - began - EVERY_S
            self.late = max(self.late, late)
            self.held = max(self.held, min(late, time.process_time() - computed))

    async def end(self) -> None:
        # a pause that lasts until now is seen as it ends
        await asyncio.sleep(5 * EVERY_S)
        self._task.cancel()

    def __str__(self) -> str:
        return f"held {self.held * 1000:.0f} ms, late {self.late * 1000:.0f} ms"
