"""Bounds of time as they are promised, though a machine does other things as well: these only ever add."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

TRIES = 6
REST_S = 0.5
MAIN_THREAD = "CrRendererMain"
TASKS = ["disabled-by-default-devtools.timeline", "toplevel", "__metadata"]


async def best_of(measure: Callable[[], Awaitable[float]], goal: float, tries: int = TRIES) -> list[float]:
    """What was measured, the last being the first that is below the goal; none is after so many tries."""
    found: list[float] = []
    for _ in range(tries):
        found.append(await measure())
        if found[-1] < goal:
            break
        await asyncio.sleep(REST_S)
    return found


def longest_tasks(trace: Path) -> list[float]:
    """Milliseconds of processor that the tasks of the page's own thread took, the longest first.

    A thread that waits for a core is not at work, whatever a clock on the wall says.
    """
    events: list[dict[str, Any]] = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    threads = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == MAIN_THREAD
    }
    tasks = [
        one["tdur"] / 1000
        for one in events
        if one["name"] in ("RunTask", "ThreadControllerImpl::RunTask")
        and (one["pid"], one["tid"]) in threads
        and "tdur" in one
    ]
    return sorted(tasks, reverse=True)
