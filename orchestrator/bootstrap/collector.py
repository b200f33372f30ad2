"""The garbage collector, set for a server whose loop must not stand still."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

THRESHOLDS = (100_000, 20, 100)
"""Objects made since the last collection of the young, such collections between two of the middle-aged,
and such between two of all. A collection holds every thread, and the first that meets the index and the
listing of 500,000 ids walks all of them, for 45 ms and more; to plan and commit that many makes some
40,000 objects, so that with these thresholds none falls into it. Strings in tuples are not walked."""


def calm_collector() -> None:
    """Have what exists by now (modules, routes, statements) never looked at again; collect rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


AFTER_S = 60.0
"""How long nothing is collected after something long was computed: what it made is written, and given back,
meanwhile. A collection while it is there walks all of it."""


class Offload:
    """Do something long in a thread; nothing is collected before it is done, and ``after`` seconds more.

    Whoever plans for 500,000 ids makes some hundred thousand objects without a cycle among them, and gives
    them back; a collection while they are there walks them all, and holds the event loop meanwhile. However
    often something is computed, the collector has its turn each ``after`` seconds.
    """

    def __init__(self, after: float = AFTER_S) -> None:
        self._after = after
        self._under_way = 0
        self._is_ours = False
        self._is_due = False
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, work: Callable[[], Any]) -> Any:
        if gc.isenabled():
            gc.disable()
            self._is_ours = True
        self._under_way += 1
        try:
            return await asyncio.to_thread(work)
        finally:
            self._under_way -= 1
            if self._is_due and not self._under_way:
                self.close()
            elif self._is_ours and self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(self._after, self._expire)

    def close(self) -> None:
        """Have the collector go on as before."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_ours:
            self._is_ours = self._is_due = False
            gc.enable()

    def _expire(self) -> None:
        self._is_due = True
        if not self._under_way:
            self.close()
