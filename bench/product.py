"""The product with its HTTP listener, for the load generator: prints its port, serves until killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench import table
from bench.loop import run
from bench.served import served

OWNED = 50_000


async def _serve(folder: Path) -> None:
    async with served(folder, table.ids(OWNED)) as (_, port):
        print(f"port {port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(_serve(Path(sys.argv[1])))
