"""Pages of resources, prefixes and searches in a large kind, over HTTP, one after another."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure, middle_of, percentile
from bench.loop import run
from bench.options import Options
from bench.served import Lag, served

GOAL_S = 0.05
HELD_S = 0.01
ASKED = 300
BASE = f"/v1/api/kinds/{table.KIND}/resources"
KINDS = ("page", "prefix", "shard", "search")


def scenario(options: Options) -> list[Figure]:
    """Goals hold for the full size only: what a page costs must not grow with the kind."""
    runs = []
    for number in range(min(options.runs, 3)):
        folder = options.folder / f"lists-{number}"
        folder.mkdir()
        runs.append(measured("bench.lists", "once", folder=str(folder), count=options.resources))
    figures = [
        Figure(
            name=f"lists_{kind}_p99_s",
            values=[run[kind]["p99"] for run in runs],
            goal=options.goal(GOAL_S),
            made_of=f"{options.resources:,} ids; p50 {_middle(runs, kind) * 1e3:.1f} ms",
        )
        for kind in KINDS
    ]
    return [
        *figures,
        Figure(
            name="lists_first_s", values=[run["first"] for run in runs], made_of="with the sorting of all ids"
        ),
        Figure(
            name="lists_loop_held_p99_s",
            values=[run["held"] for run in runs],
            goal=options.goal(HELD_S),
            made_of=f"longest {max(run['longest'] for run in runs) * 1e3:.0f} ms",
        ),
    ]


def _middle(runs: list[dict[str, Any]], kind: str) -> float:
    return middle_of([run[kind] for run in runs], "p50")


def once(folder: str, count: int) -> dict[str, Any]:
    return run(_once(Path(folder), count))


async def _once(folder: Path, count: int) -> dict[str, Any]:
    async with served(folder, table.ids(count)) as (_, port):
        lag = Lag()
        watching = asyncio.create_task(lag.watch())
        asked = await asyncio.to_thread(measured, "bench.lists", "ask", port=port, count=count)
        watching.cancel()
    return asked | {"held": lag.p99(), "longest": max(lag.late)}


def ask(port: int, count: int) -> dict[str, Any]:
    """In a process of its own, one request at a time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    first = _seconds(connection, f"{BASE}?limit=200")[0]
    rng, ids = random.Random(5), table.ids(count)
    sample = [rng.choice(ids) for _ in range(ASKED)]
    paths: dict[str, Iterator[str]] = {
        "prefix": (f"{BASE}?limit=200&q={one[:4]}" for one in sample),
        "shard": (f"{BASE}?limit=200&shard={rng.randrange(count // 5_000)}" for _ in range(ASKED)),
        "search": (f"/v1/api/search?q={one[: rng.choice((3, 6, len(one)))]}" for one in sample),
    }
    found = {kind: _spread([_seconds(connection, path)[0] for path in each]) for kind, each in paths.items()}
    took, cursor = [], None
    for _ in range(ASKED):
        seconds, answer = _seconds(connection, f"{BASE}?limit=500" + (f"&cursor={cursor}" if cursor else ""))
        cursor = answer["next"]
        took.append(seconds)
    return found | {"page": _spread(took), "first": first}


def _seconds(connection: http.client.HTTPConnection, path: str) -> tuple[float, dict[str, Any]]:
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        raise BrokenError(f"{path}: {answer.status} {body[:200]!r}")
    document: dict[str, Any] = json.loads(body)
    return took, document


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"p50": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99)}
