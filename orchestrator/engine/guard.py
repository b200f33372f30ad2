"""Keeps an endless loop running through a bug: it is logged, counted and slowed down, others are unharmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from orchestrator.ports import Clock

log = structlog.get_logger()

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
FORGET_AFTER_S = 120.0


async def keep_running(
    name: str, run: Callable[[], Awaitable[None]], clock: Clock, counters: Counter[str]
) -> None:
    """Run it until it returns; begin it anew, each time later, when it raises.

    ``counters``: gets ``bugs.<name>`` for each time. What adapters raise on purpose never comes here.
    """
    pause = FIRST_PAUSE_S
    while True:
        begun = clock.monotonic()
        try:
            await run()
            return
        except Exception as error:
            counters[f"bugs.{name}"] += 1
            log.error("loop failed", loop=name, error=repr(error), exc_info=error)
        if clock.monotonic() - begun > FORGET_AFTER_S:
            pause = FIRST_PAUSE_S
        await clock.sleep(pause)
        pause = min(LONGEST_PAUSE_S, 2 * pause)
