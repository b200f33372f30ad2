"""How long the event loop is held while a whole kind is planned and committed by the real engine."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure, middle_of
from bench.ladder import weights_of
from bench.loop import run
from bench.options import Options
from bench.profiling import Culprits
from bench.world import World, running
from orchestrator.core.decisions import Refused
from orchestrator.core.placement.rule_policy import Strategy

GOAL_MS = 50.0
TICK_S = 0.002
MOST_S = 120.0


def scenario(options: Options) -> list[Figure]:
    catalog = options.folder / "full.db"
    table.make(catalog, table.ids(options.resources), weights_of(options.resources))
    return [
        *_figures(options, catalog, Strategy.EVEN, ("first", "resync", "rebalance")),
        *_figures(options, catalog, Strategy.WEIGHTED, ("first", "resync", "plan", "rebalance")),
    ]


def _figures(options: Options, catalog: Path, strategy: Strategy, names: Sequence[str]) -> list[Figure]:
    runs = []
    for number in range(options.runs):
        folder = options.folder / f"blocking-{strategy}-{number}"
        folder.mkdir()
        (folder / "catalog.db").symlink_to(catalog)
        given = {"folder": str(folder), "count": options.resources, "strategy": strategy.value}
        runs.append(
            measured("bench.blocking", "once", deadline_s=2 * MOST_S, **given, profile=options.profile)
        )
    kind = "" if strategy is Strategy.EVEN else f"{strategy}_"
    return [
        Figure(
            name=f"loop_blocked_{kind}{name}_ms",
            values=[run[name] * 1e3 for run in runs],
            goal=options.goal(GOAL_MS),
            made_of=f"{options.resources:,} resources in {middle_of(runs, f'{name}_s'):.1f} s; "
            f"CPU of the loop {middle_of(runs, f'{name}_cpu') * 1e3:.0f} ms; "
            f"longest collection {middle_of(runs, f'{name}_gc') * 1e3:.0f} ms",
        )
        for name in names
    ]


class Ticker:
    """A task that sleeps again and again, and notes how late it wakes.

    ``cpu``: the most CPU that the loop had between two of its wakings. On a busy machine it tells what the
    loop does from what it waits for; what other threads do while they hold the interpreter is not in it.
    """

    def __init__(self, culprits: Culprits) -> None:
        self.longest = self.cpu = 0.0
        self._culprits = culprits

    async def run(self) -> None:
        while True:
            begun, spent = time.perf_counter(), time.thread_time()
            self._culprits.alive()
            await asyncio.sleep(TICK_S)
            self.longest = max(self.longest, time.perf_counter() - begun - TICK_S)
            self.cpu = max(self.cpu, time.thread_time() - spent)


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


def once(folder: str, count: int, strategy: str, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), count, Strategy(strategy), profile))


async def _measure(folder: Path, count: int, strategy: Strategy, profile: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    culprits = Culprits(wanted=profile, out=sys.stderr)
    ticker, collections = Ticker(culprits), Collections()
    begun = time.perf_counter()

    def note(name: str) -> None:
        nonlocal begun
        now = time.perf_counter()
        answer.update({name: ticker.longest, f"{name}_s": now - begun, f"{name}_gc": collections.longest})
        answer[f"{name}_cpu"] = ticker.cpu
        ticker.longest = ticker.cpu = collections.longest = 0.0
        culprits.report(name)
        begun = time.perf_counter()

    async with (
        asyncio.timeout(MOST_S),
        running(folder, (), **_kind(count, strategy)) as world,
    ):
        ticking = asyncio.create_task(ticker.run())
        collections.longest, begun = 0.0, time.perf_counter()
        await world.ready()
        note("first")
        await world.engine.resync(table.KIND, actor="bench")
        note("resync")
        if strategy is Strategy.EVEN:
            await _rebalance(world, count)
        else:
            await _plan_and_apply(world, count, note)
        note("rebalance")
        ticking.cancel()
        assert world.engine.owner(table.KIND, table.ids(1)[0]) is not None
    culprits.close()
    return answer


def _kind(count: int, strategy: Strategy) -> dict[str, Any]:
    """Settings of a kind of 100 shards."""
    if strategy is Strategy.EVEN:
        return {"resource_per_instance": count // 100, "max_instances": 100}
    return {
        "ceiling": {"instances": 200, "resources": count},
        "resource_per_instance": count * 6 // 500,
        "max_instances": 100,
        "init_instances": 100,
        "strategy": strategy.value,
        "weight_columns": {table.WEIGHT: table.WEIGHT},
        "capacity": {table.WEIGHT: sum(weights_of(count)) * 3 // 200},
    }


async def _plan_and_apply(world: World, count: int, note: Callable[[str], None]) -> None:
    """A plan of 120 shards instead of 100, and then its moves."""
    made = await world.engine.make_plan(
        table.KIND, max_instances=120, resource_per_instance=count // 119, note="", actor="bench"
    )
    if isinstance(made, Refused):
        raise BrokenError(made.detail)
    note("plan")
    begun = await world.engine.apply_plan(table.KIND, made.proposal.number, actor="bench")
    if isinstance(begun, Refused):
        raise BrokenError(begun.detail)
    while world.engine.kind(table.KIND).orchestrating:
        await asyncio.sleep(0.05)
    if (shards := len(world.engine.shards(table.KIND))) != 120:
        raise BrokenError(f"{shards} shards instead of 120")


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
