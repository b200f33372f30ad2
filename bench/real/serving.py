"""The product on real services with its HTTP listener: prints its port, serves until killed."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from bench.loop import run
from bench.real.product import running, settings_for


async def _serve(folder: Path) -> None:
    engines = json.loads((folder / "engines.json").read_text(encoding="utf-8"))
    async with running(settings_for(folder, engines, init_instances=40)) as product:
        await product.settled()
        print(f"port {urlsplit(product.url).port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(_serve(Path(sys.argv[1])))
