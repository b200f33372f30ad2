"""From nothing to half a million ids on a hundred shards, with a worker of the SDK for each."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from bench import table
from bench.child import measured
from bench.loop import run
from bench.real.catalog import PostgresTable
from bench.real.crew import Crews
from bench.real.product import running, settings_for
from bench.table import KIND
from shardwright_worker.audit import audit, read_ledgers
from tests.chaos.history import StoreJudge
from tests.chaos.scenario import Scenario
from tests.chaos.sight import Sight
from tests.chaos.txnlog import merged

IDS, SHARDS = 500_000, 100
OWNED_S, SERVED_S = 60.0, 180.0
DEADLINE_S = 420.0
LOOK_S = 0.5


def scale(sight: Sight) -> str:
    """In a tree, a catalog and a process of its own, on the services of the world."""
    world, root = sight.world, f"/scale-{secrets.token_hex(4)}/iota/orchestration"
    store = {"hosts": world.zookeeper.address, "root": root, "session_timeout": 30.0}
    engines = {
        "store": {"engine": "zookeeper", "zookeeper": store},
        "catalog": {"url": world.postgres.url},
        "runtime": {"engine": "process", "directory": str(world.folder / "scale" / "instances")},
        "mqtt": dict(world.mix.running["mosquitto"].settings["mqtt"]),
    }
    folder = world.folder / "scale"
    folder.mkdir()
    told = measured(__name__, "once", deadline_s=DEADLINE_S, folder=str(folder), engines=engines)
    shutil.rmtree(folder)
    judge = StoreJudge(root)
    judge.feed(merged(world.store_folders)[0])
    assert not judge.findings, judge.findings[:5]
    placed = sum(count for (kind, _), count in judge.places.owned.items() if kind == KIND)
    shards = {number for kind, number in judge.places.owned if kind == KIND}
    assert (placed, len(shards)) == (IDS, SHARDS), (placed, len(shards))
    assert (told["double"], told["unserved"]) == (0, 0), told
    assert told["owned"] < OWNED_S and told["served"] < SERVED_S, told
    counted = judge.counted
    return (
        f"{IDS:,} ids on {SHARDS} shards owned after {told['owned']:.1f} s (at most {OWNED_S:g}), served once"
        f" each after {told['served']:.0f} s (at most {SERVED_S:g}); {counted.writes} transactions,"
        f" the largest {counted.largest:,} bytes, {counted.most_changes} operations"
    )


def once(folder: str, engines: dict[str, Any]) -> dict[str, Any]:
    return run(_measured(Path(folder), engines))


async def _measured(folder: Path, engines: dict[str, Any]) -> dict[str, Any]:
    rows = table.ids(IDS)
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], rows)
    settings = settings_for(
        folder,
        {**engines, "catalog": {"url": catalog.url}},
        resource_per_instance=IDS // SHARDS,
        max_instances=SHARDS,
        # One core and a half play a hundred pods: none of them is to be taken for silent.
        health={"deadline": 60.0, "startup_grace": 60.0},
    )
    ledger = folder / "ledger"
    ledger.mkdir()
    began = time.monotonic()
    async with running(settings, world=Crews(ledger)) as product:
        await product.ready(DEADLINE_S)
        owned = time.monotonic() - began
        while await asyncio.to_thread(_acquired, ledger) < IDS and time.monotonic() - began < SERVED_S:
            await asyncio.sleep(LOOK_S)
        served = time.monotonic() - began
        histories = await asyncio.to_thread(read_ledgers, ledger)
    at = max(history.last for history in histories)
    # These workers write no signs of life: all of them lived to the end.
    report = audit(histories, expected=rows, at=at, fresh=DEADLINE_S)
    found = {"double": len(report.double_served), "unserved": len(report.unserved)}
    return {"owned": owned, "served": served, **found}


def _acquired(ledger: Path) -> int:
    return sum(file.read_bytes().count(b'"acquire"') for file in ledger.iterdir())


SCALE = Scenario(
    name="scale-0-to-500k",
    did=f"a new kind of {IDS:,} ids, {SHARDS} x {IDS // SHARDS:,}, on the same store, catalog and broker",
    run=scale,
    unserved_s=10.0,
)
