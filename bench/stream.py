"""Commits while 200 readers of the live stream are told 1,000 events a second, against those without them."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure
from bench.loop import run
from bench.options import Options
from bench.served import Lag, served
from bench.world import World
from orchestrator.core.hints import Claim

GOAL = 1.1
GOAL_SHARE = 0.1
READERS = 200
EVENTS_S = 1_000
OWNED = 20_000
EACH_S = 2.0
ROUNDS = 3
FRESH = 20_000
LINES = ("all", "brief")


def scenario(options: Options) -> list[Figure]:
    folder = options.folder / "stream"
    folder.mkdir()
    run = measured("bench.stream", "once", folder=str(folder), rounds=1 if options.quick else ROUNDS)
    return [figure for lines in LINES for figure in _figures(options, lines, run[lines])]


def _figures(options: Options, lines: str, run: dict[str, Any]) -> list[Figure]:
    alone, read = median(run["alone"]), median(run["read"])
    told = run["readers"]
    return [
        Figure(
            name=f"stream_{lines}_commits_ratio",
            values=[one / other for one, other in zip(run["alone"], run["read"], strict=True)],
            goal=options.goal(GOAL),
            made_of=f"{alone:,.0f} commits/s alone, {read:,.0f} with {READERS} readers;"
            f" {told['bytes'] / 1e6:,.0f} MB sent, {told['reloads']} reloads, {told['lost']} cut off",
            facts=told,
        ),
        Figure(name=f"stream_{lines}_loop_late_p99_s", values=run["held"]),
        Figure(
            name=f"stream_{lines}_core_share",
            values=run["more"],
            goal=options.goal(GOAL_SHARE),
            made_of=f"of the loop's thread, for {EVENTS_S:,} events/s to {READERS} readers and nothing else",
        ),
    ]


def once(folder: str, rounds: int) -> dict[str, Any]:
    return run(_once(Path(folder), rounds))


async def _once(folder: Path, rounds: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with served(folder, table.ids(OWNED)) as (world, port):
        creator = _Creator(world)
        for lines in LINES:
            answer: dict[str, Any] = {"alone": [], "read": [], "held": [], "more": []}
            for _ in range(rounds):
                answer["alone"].append(await creator.rate(EACH_S))
                spent = await creator.spent(EACH_S)
                readers = await _readers(port, lines)
                lag = Lag()
                watching = asyncio.create_task(lag.watch())
                answer["read"].append(await creator.rate(EACH_S))
                answer["more"].append(await creator.spent(EACH_S) - spent)
                watching.cancel()
                answer["held"].append(lag.p99())
                answer["readers"] = await _said(readers)
            found[lines] = answer
    return found


class _Creator:
    """Creates one resource after the other, while as many events happen as are to be told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._fresh = iter([f"fresh-{number:06}" for number in range(FRESH)])
        table.add(world.catalog_path, [f"fresh-{number:06}" for number in range(FRESH)])

    async def rate(self, seconds: float) -> float:
        """Commits a second."""
        happening = asyncio.create_task(self._happen())
        steward = next(iter(self._world.engine.term.stewards.values()))  # type: ignore[union-attr]
        index, inbox = steward.tenure.view.index, steward.tenure.inbox
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            one = next(self._fresh)
            inbox.hint([one], Claim.CREATED)
            while one not in index:
                await asyncio.sleep(0.0005)
            done += 1
        took = time.perf_counter() - began
        happening.cancel()
        with suppress(asyncio.CancelledError):
            await happening
        return done / took

    async def spent(self, seconds: float) -> float:
        """The share of a core that events alone take of this thread."""
        happening, began = asyncio.create_task(self._happen()), time.thread_time()
        await asyncio.sleep(seconds)
        took = time.thread_time() - began
        happening.cancel()
        with suppress(asyncio.CancelledError):
            await happening
        return took / seconds

    async def _happen(self) -> None:
        feed, began, told = self._world.engine._feed, time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - began) * EVENTS_S)
            for number in range(told, due):
                feed.publish("journal", _line(number), table.KIND)
            told = due
            await asyncio.sleep(0.01)


def _line(number: int) -> dict[str, Any]:
    return {
        "sequence": number,
        "at": 1_700_000_000.0 + number,
        "kind": table.KIND,
        "verb": "assign",
        "reason": "created",
        "shard": number % 100,
        "to": None,
        "count": 1,
        "ids": [f"thing-{number:08}"],
        "detail": "",
        "op": f"op-{number:012x}",
        "actor": "",
    }


async def _readers(port: int, lines: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.readers", str(port), str(READERS), lines),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    if await process.stdout.readline() != b"ready\n":
        raise BrokenError("the readers did not begin")
    return process


async def _said(process: asyncio.subprocess.Process) -> dict[str, Any]:
    out, _ = await process.communicate(b"")
    answer: dict[str, Any] = json.loads(out)
    return answer
