"""The embedded product with its HTTP listener in this process, and how long others wait for its loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.figure import percentile
from bench.world import World, running
from orchestrator.bootstrap.listener import address_of, bound_socket, listening
from orchestrator.clock import SystemClock

EVERY_S = 0.001


@dataclass(slots=True)
class Lag:
    """By how much a sleep of a millisecond was late, each time."""

    late: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(EVERY_S)
            self.late.append(time.perf_counter() - began - EVERY_S)

    def p99(self) -> float:
        return percentile(self.late, 0.99)


@asynccontextmanager
async def served(folder: Path, rows: Sequence[str]) -> AsyncIterator[tuple[World, int]]:
    """The world, at rest, and the port."""
    async with running(folder, rows) as world:
        await world.ready()
        listener = bound_socket(world.settings)
        address = address_of(listener, world.settings)
        async with listening(
            world.engine, listener, address, world.settings, version="bench", clock=SystemClock()
        ):
            yield world, listener.getsockname()[1]
