"""The product with its HTTP listener, for the load generator: prints its port, serves until killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from bench import table
from bench.world import running
from orchestrator.bootstrap.listener import address_of, bound_socket, listening
from orchestrator.clock import SystemClock

OWNED = 50_000


async def _serve(folder: Path) -> None:
    rows = table.ids(OWNED)
    async with running(folder, rows) as world:
        await world.ready()
        listener = bound_socket(world.settings)
        address = address_of(listener, world.settings)
        async with listening(
            world.engine, listener, address, world.settings, version="bench", clock=SystemClock()
        ):
            print(f"port {listener.getsockname()[1]}", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1])))
