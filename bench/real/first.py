"""The first orchestration of a full kind: read the ids, plan, write, against bare reading and writing."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench import table
from bench.blocking import GOAL_MS, Ticker
from bench.child import measured
from bench.figure import Figure, middle_of
from bench.loop import run
from bench.options import Options
from bench.profiling import Culprits, profiled
from bench.real import raw as zookeeper
from bench.real.catalog import PostgresTable
from bench.real.product import Product, Write, running, settings_for
from bench.real.services import Services
from orchestrator.core.model import Protocol
from orchestrator.store.layout import Layout
from orchestrator.store.operations import Create
from orchestrator.store.transaction import encode_transaction

GOAL = 2.0
GOAL_S = 1.0
SHARDS = 100
CHUNK = 128
CHUNKS = 80
"""In a transaction, by its bytes."""

WARM_UPS = 3


def scenario(options: Options, services: Services) -> list[Figure]:
    runs = []
    for number in range(options.runs):
        engines = services.wanted("zookeeper", "mosquitto", "postgres")
        folder = options.folder / f"real-first-{number}"
        folder.mkdir()
        given = {"count": options.resources, "profile": options.profile}
        runs.append(measured("bench.real.first", "once", folder=str(folder), engines=engines, **given))
    took = [median(run[name] for run in runs) for name in ("read", "plan", "write")]
    raw = f"read {middle_of(runs, 'raw_read') * 1e3:.0f}, write {middle_of(runs, 'raw_write') * 1e3:.0f}"
    store = (
        f"read {middle_of(runs, 'raw_store_read') * 1e3:.0f}, write {middle_of(runs, 'raw_write') * 1e3:.0f}"
    )
    parts = ", ".join(f"{n} {t * 1e3:.0f}" for n, t in zip(("read", "plan", "write"), took, strict=True))
    return [
        Figure(
            name="real_first_ratio",
            values=[run["whole"] / (run["raw_read"] + run["raw_write"]) for run in runs],
            goal=options.goal(GOAL),
            made_of=f"{parts} ms / {raw} ms: from the catalog to the store",
        ),
        Figure(
            name="real_first_from_listing_ratio",
            values=[
                (run["plan"] + run["write"]) / (run["raw_store_read"] + run["raw_write"]) for run in runs
            ],
            goal=options.goal(GOAL),
            made_of=f"{parts} ms / {store} ms: the ids are known / a pass over the store",
        ),
        Figure(
            name="real_first_s",
            values=[run["whole"] for run in runs],
            goal=options.goal(GOAL_S, fixed=True),
            made_of=f"{options.resources:,} ids on {SHARDS}, {runs[0]['bytes'] / 1e6:.1f} MB",
        ),
        Figure(
            name="real_first_loop_blocked_ms",
            values=[run["blocked"] * 1e3 for run in runs],
            goal=options.goal(GOAL_MS),
            made_of=f"until all instances were started, {middle_of(runs, 'ready'):.1f} s",
        ),
    ]


def once(folder: str, engines: dict[str, Any], count: int, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), engines, count, profile))


async def _measure(folder: Path, engines: dict[str, Any], count: int, profile: bool) -> dict[str, Any]:
    rows = table.ids(count)
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], rows)
    settings = settings_for(
        folder,
        {**engines, "catalog": {"url": catalog.url}},
        resource_per_instance=count // SHARDS,
        max_instances=SHARDS,
    )
    hosts = settings.store.zookeeper.hosts
    # The server's first large transactions are its slowest: both sides come after them.
    for _ in range(WARM_UPS):
        await asyncio.to_thread(zookeeper.written, hosts, _like(rows))
    culprits = Culprits(wanted=profile, out=sys.stderr)
    ticker = Ticker(culprits)
    begun = time.perf_counter()
    async with running(settings) as product:
        listed = _listings(product)
        ticking = asyncio.create_task(ticker.run())
        with profiled(profile, sys.stderr):
            await product.ready()
        ready = time.perf_counter() - begun
        ticking.cancel()
        culprits.report("first")
        culprits.close()
        writes = [w for w in product.store.writes if any(d.verb == "assign" for d in w.transaction.decisions)]
        asked, answered = listed[0]
        answer = {
            "whole": writes[-1].answered - asked,
            "read": answered - asked,
            "plan": writes[0].sent - answered,
            "write": writes[-1].answered - writes[0].sent,
            "blocked": ticker.longest,
            "ready": ready,
        }
        answer |= await asyncio.to_thread(_raw, product, catalog, writes)
    return answer


def _like(rows: Sequence[str]) -> list[list[zookeeper.Body]]:
    """Nodes of about the size and number that the product will write."""
    chunks = [json.dumps(rows[at : at + CHUNK]).encode() for at in range(0, len(rows), CHUNK)]
    named = [(f"/{number}", chunk) for number, chunk in enumerate(chunks)]
    return [named[at : at + CHUNKS] for at in range(0, len(named), CHUNKS)]


def _listings(product: Product) -> list[tuple[float, float]]:
    """When each reading of the whole catalog began and ended, from now on."""
    found: list[tuple[float, float]] = []
    (setup,) = product.engine._setups.values()
    listing = setup.catalog.listing

    async def watched(kind: str) -> Any:
        asked = time.perf_counter()
        answer = await listing(kind)
        found.append((asked, time.perf_counter()))
        return answer

    setup.catalog.listing = watched  # type: ignore[method-assign]
    return found


def _raw(product: Product, catalog: PostgresTable, writes: Sequence[Write]) -> dict[str, float]:
    """The same bytes, written and read by a bare client, and the ids read by the bare driver."""
    root = product.settings.store.zookeeper.root
    batches = [_created(write, root) for write in writes]
    batches = [batch for batch in batches if batch]
    wrote = [zookeeper.written(product.hosts, batches) for _ in range(2)]
    paths = [path for batch in batches for path, _ in batch]
    read = min(zookeeper.read(product.hosts, where, paths) for where, _ in wrote)
    return {
        "raw_read": min(catalog.listing() for _ in range(2)),
        "raw_store_read": read,
        "raw_write": min(took for _, took in wrote),
        "bytes": float(sum(len(body) for batch in batches for _, body in batch)),
    }


def _created(write: Write, root: str) -> list[zookeeper.Body]:
    """What a transaction created, with a parent of its own for each of the paths."""
    operations = encode_transaction(write.transaction, Layout(root), Protocol.V1, 0)
    flat = (
        (one.path.removeprefix(root).replace("/", "."), one.body)
        for one in operations
        if isinstance(one, Create)
    )
    return [(f"/{path}", body) for path, body in flat]
