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


class Offload:
    """Do something long in a thread, and have nothing collected before it is done.

    Whoever plans for 500,000 ids makes some hundred thousand objects without a cycle among them, and gives
    them back; a collection while they are there walks them all, and holds the event loop meanwhile.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._was_enabled = False

    async def __call__(self, work: Callable[[], Any]) -> Any:
        if not self._under_way:
            self._was_enabled = gc.isenabled()
            gc.disable()
        self._under_way += 1
        try:
            return await asyncio.to_thread(work)
        finally:
            self._under_way -= 1
            if not self._under_way and self._was_enabled:
                gc.enable()
