"""From the publication of a new id to its committed owner, on the real path, against its raw parts."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bench import raw, table
from bench.child import measured
from bench.figure import Figure, middle_of, percentile
from bench.loop import run
from bench.options import Options
from bench.profiling import profiled
from bench.publisher import publisher
from bench.seed_layout import EmbeddedSeedWriter
from bench.world import RAW_TOPIC, World, running
from notify.endpoint import DEFAULT_TOPIC

OWNED = 50_000
WARM_UP = 100
SETTLE_S = 30.0
SEED_MOST = 1_000
RATES = (100, 500)
PARTS = ("transaction", "hop", "select")
GOALS = {0.5: None, 0.99: 4.0}


def scenario(options: Options) -> list[Figure]:
    figures = []
    for rate in RATES:
        runs = [_one(options, rate, number) for number in range(options.runs)]
        figures += _figures(options, rate, runs)
    return figures


def _one(options: Options, rate: int, number: int) -> dict[str, Any]:
    folder = options.folder / f"latency-{rate}-{number}"
    folder.mkdir()
    given = {"rate": rate, "seconds": 1.0 if options.quick else 5.0, "profile": options.profile}
    return measured("bench.latency", "once", folder=str(folder), **given)


def _figures(options: Options, rate: int, runs: list[dict[str, Any]]) -> list[Figure]:
    ratios = [
        _ratio(options, f"{what}_p{round(share * 100)}", rate, runs, goal if what == "notify" else None)
        for share, goal in GOALS.items()
        for what in ("notify", "seed_layout")
    ]
    lost = [float(run["lost"]) for run in runs]
    done = f"of {runs[0]['count']} published, in {middle_of(runs, 'transactions'):.0f} transactions"
    spent = [run["cpu"] * 1e3 for run in runs]
    return [
        *ratios,
        Figure(name=f"notify_lost_{rate}", values=lost, goal=options.goal(0, fixed=True), made_of=done),
        Figure(name=f"notify_cpu_ms_{rate}", values=spent, made_of="CPU of the process, a message"),
    ]


def _ratio(options: Options, name: str, rate: int, runs: list[dict[str, Any]], limit: float | None) -> Figure:
    share = name.rsplit("_", 1)[1]
    ours = [run[name] for run in runs]
    bare = [sum(run[f"{part}_{share}"] for part in PARTS) for run in runs]
    parts = ", ".join(f"{part} {middle_of(runs, f'{part}_{share}') * 1e3:.2f}" for part in PARTS)
    return Figure(
        name=f"{name}_ratio_{rate}",
        values=[one / other for one, other in zip(ours, bare, strict=True)],
        goal=None if limit is None else options.goal(limit),
        made_of=f"{median(ours) * 1e3:.2f} ms / {median(bare) * 1e3:.2f} ms: {parts}",
    )


def once(folder: str, rate: int, seconds: float, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), rate, int(rate * seconds), profile))


async def _measure(folder: Path, rate: int, count: int, profile: bool) -> dict[str, Any]:
    rows = table.ids(OWNED)
    fresh = table.ids(count + WARM_UP, seed=11)
    answer: dict[str, Any] = {"count": count}
    async with running(folder, rows, resource_per_instance=5000) as world:
        await world.ready()
        await asyncio.to_thread(table.add, world.catalog_path, fresh)
        with publisher(world.endpoint, RAW_TOPIC) as source:
            endpoint = replace(world.endpoint, topic=RAW_TOPIC)
            await raw.hops(endpoint, source, fresh[:WARM_UP], rate)
            hops = await raw.hops(endpoint, source, fresh[WARM_UP:], rate)
        took = await asyncio.to_thread(raw.transactions, folder, rows, rate, count)
        reads = await asyncio.to_thread(raw.selects, world.catalog_path, fresh[WARM_UP:], rate)
        with publisher(world.endpoint, DEFAULT_TOPIC) as source:
            await _published(world, source, fresh[:WARM_UP], rate)
            before = world.store.transactions
            spent = time.process_time()
            with profiled(profile, sys.stderr):
                ours = await _published(world, source, fresh[WARM_UP:], rate)
            answer["cpu"] = (time.process_time() - spent) / count
            answer["transactions"] = world.store.transactions - before
    with EmbeddedSeedWriter(folder, rows) as seed, publisher(seed.endpoint, DEFAULT_TOPIC) as source:
        theirs = seed.measure(source, fresh[WARM_UP : WARM_UP + SEED_MOST], rate)
    for name, values in (
        ("hop", hops),
        ("transaction", took),
        ("select", reads),
        ("notify", list(ours.values())),
        ("seed_layout", theirs),
    ):
        for share in GOALS:
            answer[f"{name}_p{round(share * 100)}"] = percentile(values, share)
    answer["lost"] = count - len(ours)
    return answer


async def _published(world: World, source: Any, rows: list[str], rate: float) -> dict[str, float]:
    """Seconds from the publication of each id to its commit; an id that was never committed lacks."""
    times = await asyncio.to_thread(source.publish, rows, rate)
    deadline = time.monotonic() + SETTLE_S
    committed = world.store.committed
    while time.monotonic() < deadline and not all(row in committed for row in rows):
        await asyncio.sleep(0.05)
    return {row: committed[row] - at for row, at in zip(rows, times, strict=True) if row in committed}
