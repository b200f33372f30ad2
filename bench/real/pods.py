"""Pods that fail on a real Kubernetes API: how soon each is created again, against the bare client's loop."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure, middle_of, percentile
from bench.loop import run
from bench.options import Options
from bench.profiling import profiled
from bench.real.catalog import PostgresTable
from bench.real.product import Product, running, settings_for
from bench.real.services import Services
from bench.table import KIND
from orchestrator.ports import InstanceSeen, InstanceSpec, Phase, Runtime, Started

PODS = 100
CRASHES = 20
GOAL = 1.5
GOAL_CRASH_MS = 100.0
WITHIN_S = 60.0
LOOK_S = 0.01

Key = tuple[int, int]


def scenario(options: Options, services: Services) -> list[Figure]:
    runs = []
    for number in range(options.runs):
        engines = services.wanted("zookeeper", "mosquitto", "postgres", "kubernetes")
        folder = options.folder / f"real-pods-{number}"
        folder.mkdir()
        given = {"bare": services.namespace(), "profile": options.profile}
        runs.append(measured("bench.real.pods", "once", folder=str(folder), engines=engines, **given))
    ours, raw = (middle_of(runs, name) * 1e3 for name in ("created", "raw"))
    return [
        Figure(
            name="real_pods_replaced_ratio",
            values=[run["created"] / run["raw"] for run in runs],
            goal=options.goal(GOAL),
            made_of=f"{ours:.0f} ms / {raw:.0f} ms: {PODS} failed pods, {PODS} accepted creates",
        ),
        Figure(
            name="real_crash_to_create_ms",
            values=[run["crash_p50"] * 1e3 for run in runs],
            goal=options.goal(GOAL_CRASH_MS),
            made_of=f"at most {max(run['crash_most'] for run in runs) * 1e3:.0f} ms of {CRASHES}: "
            f"the watch's event to the create request",
        ),
    ]


class WatchedRuntime:
    """The runtime that was configured; remembers when ends were seen, and when pods were asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.ended: dict[Key, float] = {}
        self.asked: dict[Key, float] = {}
        self.accepted: dict[Key, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    async def ensure(self, spec: InstanceSpec) -> Any:
        key = spec.shard, spec.incarnation
        self.asked[key] = time.perf_counter()
        result = await self._runtime.ensure(spec)
        if isinstance(result, Started):
            self.accepted.setdefault(key, time.perf_counter())
        return result

    async def news(self) -> AsyncIterator[InstanceSeen]:
        async for seen in self._runtime.news():
            if seen.phase is Phase.ENDED:
                self.ended.setdefault((seen.shard, seen.incarnation), time.perf_counter())
            yield seen


def once(folder: str, engines: dict[str, Any], bare: str, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), engines, bare, profile))


async def _measure(folder: Path, engines: dict[str, Any], bare: str, profile: bool) -> dict[str, Any]:
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], table.ids(10 * PODS))
    settings = settings_for(
        folder,
        {**engines, "catalog": {"url": catalog.url}},
        init_instances=PODS,
        # Nothing runs in these pods that could beat, and each of them ends more than once.
        heart=False,
        health={"backoff_first": 0.001},
    )
    made: list[WatchedRuntime] = []

    def door(runtime: Runtime) -> Any:
        made.append(WatchedRuntime(runtime))
        return made[-1]

    async with running(settings, door) as product:
        await product.ready()
        while not made or len(made[0].accepted) < PODS:
            await asyncio.sleep(LOOK_S)
        (runtime,) = made
        told = {"engines": engines["runtime"]["kubernetes"], "pid": os.getpid(), "bare": bare}
        raw = await _told(told, {"raw": PODS})
        crashes = [await _crashed(runtime, product, told, shard) for shard in range(CRASHES)]
        before = set(runtime.accepted)
        with profiled(profile, sys.stderr):
            failed = await _told(told, {"shards": _names(product, range(PODS)), "at_once": True})
            await _accepted(runtime, len(before) + PODS)
        last = max(at for key, at in runtime.accepted.items() if key not in before)
    return {
        "raw": raw["took"],
        "created": last - failed["done"],
        "crash_p50": percentile(crashes, 0.5),
        "crash_most": max(crashes),
    }


async def _crashed(runtime: WatchedRuntime, product: Product, told: dict[str, Any], shard: int) -> float:
    """Seconds from the watch's event to the request that creates the next pod of the shard."""
    before = {key for key in runtime.asked if key[0] == shard}
    await _told(told, {"shards": _names(product, [shard])})
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        later = [at for key, at in runtime.asked.items() if key[0] == shard and key not in before]
        seen = runtime.ended.get(max(before))
        if later and seen is not None:
            await _accepted(runtime, len(before) and len(runtime.asked))
            return min(later) - seen
        await asyncio.sleep(LOOK_S)
    raise BrokenError(f"the pod of shard {shard} failed and was not created again within {WITHIN_S:g} s")


def _names(product: Product, shards: Any) -> list[str]:
    wanted = set(shards)
    return [one.name for one in product.engine.shards(KIND) if one.number in wanted]


async def _accepted(runtime: WatchedRuntime, count: int) -> None:
    deadline = time.monotonic() + WITHIN_S
    while len(runtime.accepted) < count:
        if time.monotonic() > deadline:
            raise BrokenError(f"{len(runtime.accepted)} of {count} creates were accepted in {WITHIN_S:g} s")
        await asyncio.sleep(LOOK_S)


async def _told(told: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    """Have the operator, a process of its own, do something; gives what it says."""

    def ask() -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "bench.real.operator"],
            input=json.dumps({**told, **order}),
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        if done.returncode:
            raise BrokenError(f"the operator failed: {done.stderr[-500:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return await asyncio.to_thread(ask)
