"""Ours on the ZooKeeper that Helix had: workers of the SDK, the first placement, then twenty more of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import table
from bench.child import BrokenError
from bench.helix.traffic import traffic
from bench.loop import run
from bench.real.catalog import PostgresTable
from bench.real.crew import Crews
from bench.real.product import Product, running, settings_for
from bench.table import KIND
from orchestrator.core.decisions import Refused
from orchestrator.errors import NotNow

BEFORE, AFTER = 100, 120
LOOK_S = 0.02
READY_S = 120.0


def once(folder: str, engines: dict[str, Any], count: int, step_s: float) -> dict[str, Any]:
    """Seconds from the change until the last assignment was committed, and until all workers acknowledged."""
    return run(_measure(Path(folder), engines, count, step_s))


async def _measure(folder: Path, engines: dict[str, Any], count: int, step_s: float) -> dict[str, Any]:
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], ())
    settings = settings_for(
        folder,
        {**engines, "catalog": {"url": catalog.url}},
        max_instances=BEFORE,
        init_instances=BEFORE,
        resource_per_instance=5000,
        # Helix moves everything at once where nothing is configured.
        moves={"ratio": 1.0},
        health={"deadline": 60.0, "startup_grace": 60.0},
    )
    ledger = folder / "ledger"
    ledger.mkdir()
    answer: dict[str, Any] = {}
    # So many shards as are allowed, however few ids there are.
    async with running(settings, world=Crews(ledger), policy={"init_instances": AFTER}) as product:
        await product.settled()
        await _until(lambda: _all_know(product, BEFORE), READY_S)
        await asyncio.to_thread(catalog.add, table.ids(count))
        answer["first"] = await _step(
            product, count, BEFORE, step_s, product.engine.resync(KIND, actor="bench")
        )
        owners = _owners(product)
        answer["grow"] = await _step(product, count, AFTER, step_s, _orchestrated(product))
        answer["grow"]["moves"] = sum(owners[one] != shard for one, shard in _owners(product).items())
    return answer


async def _step(product: Product, count: int, shards: int, step_s: float, change: Any) -> dict[str, Any]:
    before = await asyncio.to_thread(traffic, product.hosts)
    product.store.writes.clear()
    begun = time.perf_counter()
    await change

    def is_over() -> bool:
        kind = product.engine.kind(KIND)
        return not kind.orchestrating and _all_know(product, shards) and _placed(product) == count

    await _until(is_over, step_s)
    known = time.perf_counter() - begun
    verbs = {"assign", "settle", "release", "move"}
    writes = [
        w for w in product.store.writes if any(d.verb in verbs or d.ids for d in w.transaction.decisions)
    ]
    after = await asyncio.to_thread(traffic, product.hosts)
    return {
        "committed": max((write.answered for write in writes), default=begun) - begun,
        "decided": min((write.answered for write in writes), default=begun) - begun,
        "known": known,
        "moves": 0,
        **after.since(before),
    }


def _all_know(product: Product, shards: int) -> bool:
    found = list(product.engine.shards(KIND))
    return len(found) == shards and all(one.acknowledged == one.generation for one in found)


def _placed(product: Product) -> int:
    return sum(one.used for one in product.engine.shards(KIND))


def _owners(product: Product) -> dict[str, int]:
    assert product.engine.term is not None
    view = product.engine.term.stewards[KIND].tenure.view
    return {one: place.shard for one, place in view.index.items()}


async def _orchestrated(product: Product) -> None:
    while True:
        try:
            answer = await product.engine.orchestrate(
                KIND, max_instances=AFTER, resource_per_instance=5000, dry_run=False, actor="bench"
            )
        except NotNow:
            await asyncio.sleep(LOOK_S)
            continue
        if isinstance(answer, Refused):
            raise BrokenError(answer.detail)
        return


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BrokenError(f"not within {seconds:g} s")
        await asyncio.sleep(LOOK_S)
