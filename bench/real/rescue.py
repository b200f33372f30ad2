"""ZooKeeper loses all it has; what was backed up while the server ran is put back, and the server goes on."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure
from bench.loop import run
from bench.options import Options
from bench.real.product import Product, running, settings_for
from bench.real.services import AS_IN_EARNEST, MODULES, SESSION_S, Services, SkippedError
from bench.table import KIND, TABLE

SHARDS = 100
DEADLINE_S = 300.0


def scenario(options: Options, services: Services) -> list[Figure]:
    """It has a ZooKeeper of its own, since that is destroyed."""
    from tests.services.zookeeper_server import ZookeeperServer, absent

    if (reason := absent()) is not None:
        raise SkippedError(f"zookeeper: {reason}")
    runs = []
    for number in range(options.runs):
        folder = options.folder / f"real-rescue-{number}"
        folder.mkdir()
        with patch.multiple(MODULES["zookeeper"], **AS_IN_EARNEST):
            server = ZookeeperServer(folder / "zookeeper")
            server.start()
            try:
                runs.append(_rescued(folder, server, options.resources))
            finally:
                server.stop()
    size = f"{runs[0]['bytes'] / 1e6:.1f} MB"
    return [
        Figure(
            name="real_rescue_backup_s",
            values=[one["backup"] for one in runs],
            made_of=f"{options.resources:,} ids on {SHARDS}, while the server runs, {size}",
        ),
        Figure(
            name="real_rescue_restore_s",
            values=[one["restore"] for one in runs],
            made_of="the command, into a ZooKeeper that has lost everything",
        ),
        Figure(
            name="real_rescue_serving_s",
            values=[one["serving"] for one in runs],
            made_of="from the start of the server until it has read and compared all",
        ),
        Figure(
            name="real_rescue_moved",
            values=[one["moved"] for one in runs],
            goal=options.goal(0, fixed=True),
            made_of="ids that have another owner than before, or of which anything was decided",
        ),
    ]


def _rescued(folder: Path, server: Any, count: int) -> dict[str, float]:
    catalog = folder / "catalog.db"
    table.make(catalog, table.ids(count))
    engines = {
        "store": {
            "engine": "zookeeper",
            "zookeeper": {"hosts": server.address, "session_timeout": SESSION_S},
        },
        "catalog": {"url": f"sqlite:///{catalog}"},
        "mqtt": {"port": 0},
        "runtime": {"engine": "process", "directory": str(folder / "instances")},
    }
    given = {"folder": str(folder), "engines": engines, "count": count}
    before = measured(__name__, "backed_up", deadline_s=DEADLINE_S, **given)
    server.restart(wipe=True)
    began = time.perf_counter()
    _command(folder, engines, count, "restore", str(folder / "backup.tgz"))
    took = time.perf_counter() - began
    after = measured(__name__, "served", deadline_s=DEADLINE_S, **given)
    if after["count"] != count or before["owners"] != after["owners"]:
        raise BrokenError(f"owners are others than before: {before} {after}")
    return {
        "backup": before["took"],
        "bytes": (folder / "backup.tgz").stat().st_size,
        "restore": took,
        "serving": after["took"],
        "moved": after["decided"],
    }


def backed_up(folder: str, engines: dict[str, Any], count: int) -> dict[str, Any]:
    return run(_backed_up(Path(folder), engines, count))


def served(folder: str, engines: dict[str, Any], count: int) -> dict[str, Any]:
    return run(_served(Path(folder), engines, count))


async def _backed_up(folder: Path, engines: dict[str, Any], count: int) -> dict[str, Any]:
    async with running(settings_for(folder, engines, **_kind(count))) as product:
        await product.settled()
        began = time.perf_counter()
        await asyncio.to_thread(_command, folder, engines, count, "backup", str(folder / "backup.tgz"))
        took = time.perf_counter() - began
        return {"took": took, **await _owners(product)}


async def _served(folder: Path, engines: dict[str, Any], count: int) -> dict[str, Any]:
    began = time.perf_counter()
    async with running(settings_for(folder, engines, **_kind(count))) as product:
        await product.ready(DEADLINE_S)
        took = time.perf_counter() - began
        await product.settled()
        decided = sum(len(one.ids) for write in product.store.writes for one in write.transaction.decisions)
        return {"took": took, "decided": decided, **await _owners(product)}


async def _owners(product: Product) -> dict[str, Any]:
    """How many ids have an owner, and a digest of which is whose."""
    loaded = await product.store.load(KIND)
    owned = sorted((one, number) for number, shard in loaded.shards.items() for one in shard.ids())
    return {"count": len(owned), "owners": hashlib.sha256(json.dumps(owned).encode()).hexdigest()}


def _kind(count: int) -> dict[str, Any]:
    return {"resource_per_instance": count // SHARDS, "max_instances": SHARDS}


def _command(folder: Path, engines: Mapping[str, Any], count: int, *words: str) -> None:
    """Of the command line, as a person gives it."""
    import yaml

    config = folder / "config.yaml"
    kinds = {KIND: {"table": TABLE, **_kind(count)}}
    whole = {"data_dir": str(folder), "access": {"mode": "open"}, "kinds": kinds, **engines}
    config.write_text(yaml.safe_dump(whole), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SHARDWRIGHT_")}
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator.cli", *words, "--config", str(config)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    print(done.stderr, file=sys.stderr, end="")
    if done.returncode != 0:
        raise BrokenError(f"{words[0]} ended with {done.returncode}: {done.stderr[-500:]}")
