"""How long the event loop is held while a whole kind is planned and committed by the real engine."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure, middle_of
from bench.loop import run
from bench.options import Options
from bench.profiling import Culprits
from bench.world import World, running
from orchestrator.core.plan import Refused

GOAL_MS = 50.0
TICK_S = 0.002
MOST_S = 120.0


def scenario(options: Options) -> list[Figure]:
    catalog = options.folder / "full.db"
    table.make(catalog, table.ids(options.resources))
    runs = []
    for number in range(options.runs):
        folder = options.folder / f"blocking-{number}"
        folder.mkdir()
        (folder / "catalog.db").symlink_to(catalog)
        runs.append(
            measured(
                "bench.blocking", "once", folder=str(folder), count=options.resources, profile=options.profile
            )
        )
    return [
        Figure(
            name=f"loop_blocked_{name}_ms",
            values=[run[name] * 1e3 for run in runs],
            goal=options.goal(GOAL_MS),
            made_of=f"{options.resources:,} resources in {middle_of(runs, f'{name}_s'):.1f} s; "
            f"longest collection {middle_of(runs, f'{name}_gc') * 1e3:.0f} ms",
        )
        for name in ("first", "resync", "rebalance")
    ]


class Ticker:
    """A task that sleeps again and again, and notes how late it wakes."""

    def __init__(self, culprits: Culprits) -> None:
        self.longest = 0.0
        self._culprits = culprits

    async def run(self) -> None:
        while True:
            begun = time.perf_counter()
            self._culprits.alive()
            await asyncio.sleep(TICK_S)
            self.longest = max(self.longest, time.perf_counter() - begun - TICK_S)


class Collections:
    """The longest pause for a garbage collection since it was last asked for."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._begun = 0.0
        gc.callbacks.append(self._called)

    def _called(self, phase: str, info: dict[str, int]) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._begun = now
        else:
            self.longest = max(self.longest, now - self._begun)


def once(folder: str, count: int, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), count, profile))


async def _measure(folder: Path, count: int, profile: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    culprits = Culprits(wanted=profile, out=sys.stderr)
    ticker, collections = Ticker(culprits), Collections()
    each = count // 100
    begun = time.perf_counter()

    def note(name: str) -> None:
        nonlocal begun
        now = time.perf_counter()
        answer.update({name: ticker.longest, f"{name}_s": now - begun, f"{name}_gc": collections.longest})
        ticker.longest = collections.longest = 0.0
        culprits.report(name)
        begun = time.perf_counter()

    async with (
        asyncio.timeout(MOST_S),
        running(folder, (), resource_per_instance=each, max_instances=100) as world,
    ):
        ticking = asyncio.create_task(ticker.run())
        collections.longest, begun = 0.0, time.perf_counter()
        await world.ready()
        note("first")
        await world.engine.resync(table.KIND, actor="bench")
        note("resync")
        await _rebalance(world, count)
        note("rebalance")
        ticking.cancel()
    assert world.engine.owner(table.KIND, table.ids(1)[0]) is not None
    culprits.close()
    return answer


async def _rebalance(world: World, count: int) -> None:
    """100 shards become 120, and every id that has to move has moved."""
    answer = await world.engine.orchestrate(
        table.KIND, max_instances=120, resource_per_instance=count // 119, dry_run=False, actor="bench"
    )
    if isinstance(answer, Refused):
        raise BrokenError(answer.detail)
    while world.engine.kind(table.KIND).orchestrating:
        await asyncio.sleep(0.05)
    loads = [shard.used for shard in world.engine.shards(table.KIND)]
    if len(loads) != 120 or max(loads) - min(loads) > 1:
        raise BrokenError(f"{len(loads)} shards of {min(loads)} to {max(loads)} ids")
