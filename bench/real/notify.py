"""From the publication of a new id to its committed owner, and how many a second, on real services."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bench import raw, table
from bench.child import measured
from bench.figure import Figure, Goal, middle_of, percentile
from bench.loop import run
from bench.options import Options
from bench.profiling import profiled
from bench.real import raw as zookeeper
from bench.real.burst import Burst
from bench.real.catalog import PostgresTable
from bench.real.product import Product, running, settings_for
from bench.real.receiving import received
from bench.real.seed import RealSeedWriter
from bench.real.services import Services
from bench.real.written import bytes_written, three_bodies
from notify.endpoint import DEFAULT_TOPIC

OWNED = 50_000
WARM_UP = 200
SETTLE_S = 30.0
SEED_MOST = 1_000
RATES = (500, 5_000)
"""Those with goals; the full run offers the others, too."""

ALL_RATES = (100, 500, 2_000, 5_000, 10_000)
SECONDS = 3.0
DEADLINE_S = 400.0
BURST = 30_000
RAW_MOST = 2_500
RAW_TOPIC = "bench/raw"
CHANGES = 40
PARTS = ("transaction", "hop", "select")
LIMITS = {(500, "p50"): 1.5, (500, "p99"): 2.0, (5_000, "p99"): 4.0}
SHARES = {"p50": 0.5, "p99": 0.99}


def scenario(options: Options, services: Services) -> list[Figure]:
    runs = []
    for number in range(options.runs):
        engines = services.wanted("zookeeper", "mosquitto", "postgres")
        folder = options.folder / f"real-notify-{number}"
        folder.mkdir()
        runs.append(
            measured(
                "bench.real.notify",
                "once",
                deadline_s=DEADLINE_S,
                folder=str(folder),
                engines=engines,
                quick=options.quick,
                profile=options.profile,
            )
        )
    return _figures(options, runs)


def _rates(quick: bool) -> tuple[int, ...]:
    return RATES if quick else ALL_RATES


def _figures(options: Options, runs: list[dict[str, Any]]) -> list[Figure]:
    figures = []
    for rate in _rates(options.quick):
        for what in ("notify", "seed_layout") if rate == RATES[0] else ("notify",):
            figures += [_ratio(options, runs, what, rate, share) for share in SHARES]
        lost = [run[f"lost_{rate}"] for run in runs]
        made = (
            f"of {runs[0][f'count_{rate}']:,}, in {middle_of(runs, f'transactions_{rate}'):.0f} transactions"
        )
        spent = [run[f"cpu_{rate}"] * 1e3 for run in runs]
        figures += [
            Figure(name=f"real_notify_lost_{rate}", values=lost, goal=Goal(limit=0), made_of=made),
            Figure(name=f"real_notify_cpu_ms_{rate}", values=spent, made_of="CPU of the process, a message"),
        ]
    return [*figures, *_sustained(options, runs)]


def _ratio(options: Options, runs: list[dict[str, Any]], what: str, rate: int, share: str) -> Figure:
    ours = [run[f"{what}_{share}_{rate}"] for run in runs]
    bare = [sum(run[f"{part}_{share}_{rate}"] for part in PARTS) for run in runs]
    made = ", ".join(f"{part} {middle_of(runs, f'{part}_{share}_{rate}') * 1e3:.2f}" for part in PARTS)
    limit = LIMITS.get((rate, share)) if what == "notify" else None
    return Figure(
        name=f"real_{what}_{share}_ratio_{rate}",
        values=[one / other for one, other in zip(ours, bare, strict=True)],
        goal=None if limit is None else options.goal(limit),
        made_of=f"{median(ours) * 1e3:.2f} ms / {median(bare) * 1e3:.2f} ms: {made}",
    )


def _sustained(options: Options, runs: list[dict[str, Any]]) -> list[Figure]:
    rates = f"{middle_of(runs, 'committed_rate'):,.0f}/s / {middle_of(runs, 'received_rate'):,.0f}/s"
    bodies = f"{middle_of(runs, 'bytes_written'):.0f} / {middle_of(runs, 'bytes_touched'):.0f} bytes a change"
    return [
        Figure(
            name="real_sustained_ratio",
            values=[run["committed_rate"] / run["received_rate"] for run in runs],
            goal=options.goal(0.5, at_least=True),
            made_of=f"{rates}, a burst of {runs[0]['burst']:,}",
        ),
        Figure(name="real_sustained_lost", values=[run["burst_lost"] for run in runs], goal=Goal(limit=0)),
        Figure(
            name="real_bytes_of_one_change_ratio",
            values=[run["bytes_written"] / run["bytes_touched"] for run in runs],
            goal=options.goal(1.2, fixed=True),
            made_of=bodies,
        ),
    ]


def once(folder: str, engines: dict[str, Any], quick: bool, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), engines, quick, profile))


async def _measure(folder: Path, engines: dict[str, Any], quick: bool, profile: bool) -> dict[str, Any]:
    rows = table.ids(OWNED)
    rates = _rates(quick)
    counts = {rate: int(rate * (1.0 if quick else SECONDS)) for rate in rates}
    many = BURST // 3 if quick else BURST
    fresh = table.ids(WARM_UP + sum(counts.values()) + many, seed=11)
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], rows)
    engines = {**engines, "catalog": {"url": catalog.url}}
    answer: dict[str, Any] = {"burst": many}
    # Room for all that is to come: the kind is sized for what it has at first.
    settings = settings_for(folder, engines, resource_per_instance=5000, init_instances=40)
    async with running(settings) as product:
        await product.settled()
        await asyncio.to_thread(catalog.add, fresh)
        await _published(product, fresh[:WARM_UP], 200.0)
        at = WARM_UP
        for rate in rates:
            wanted, at = fresh[at : at + counts[rate]], at + counts[rate]
            found = await _yardsticks(product, catalog, rows, wanted, rate)
            spent = time.process_time()
            with profiled(profile, sys.stderr):
                found["notify"] = await _published(product, wanted, rate)
            answer[f"cpu_{rate}"] = (time.process_time() - spent) / len(wanted)
            answer[f"transactions_{rate}"] = len(product.store.writes)
            answer[f"count_{rate}"] = len(wanted)
            answer[f"lost_{rate}"] = len(wanted) - len(found["notify"])
            if rate == RATES[0]:
                found["seed_layout"] = await asyncio.to_thread(
                    _seed, product, catalog, rows, wanted[:SEED_MOST], rate
                )
            for name, values in found.items():
                for share, part in SHARES.items():
                    answer[f"{name}_{share}_{rate}"] = percentile(values, part)
        answer |= await _burst(product, fresh[at : at + many], profile)
        answer |= await bytes_written(product, catalog, random.Random(5).sample(rows, CHANGES))
    return answer


async def _yardsticks(
    product: Product, catalog: PostgresTable, rows: Sequence[str], wanted: Sequence[str], rate: int
) -> dict[str, list[float]]:
    endpoint = replace(product.endpoint, topic=RAW_TOPIC)
    source = Burst(endpoint, RAW_TOPIC)
    await raw.hops(endpoint, source, wanted[:WARM_UP], rate)
    hops = await raw.hops(endpoint, source, wanted, rate)
    count = min(len(wanted), RAW_MOST)
    took = await asyncio.to_thread(zookeeper.transactions, product.hosts, three_bodies(rows), rate, count)
    reads = await asyncio.to_thread(catalog.selects, wanted[:count], rate)
    return {"hop": hops, "transaction": took, "select": reads}


def _seed(
    product: Product, catalog: PostgresTable, rows: list[str], wanted: list[str], rate: float
) -> list[float]:
    endpoint = replace(product.endpoint, topic="bench/seed")
    with RealSeedWriter(product.hosts, catalog.url, endpoint, rows) as seed:
        return seed.measure(Burst(endpoint, endpoint.topic), wanted, rate)


async def _published(product: Product, rows: Sequence[str], rate: float) -> list[float]:
    """Seconds from the publication of each id to its commit; of one that was never committed nothing."""
    before = product.placed_count()
    product.store.writes.clear()
    times = await asyncio.to_thread(Burst(product.endpoint, DEFAULT_TOPIC).publish, rows, rate)
    await _placed(product, before + len(rows))
    placed = product.store.placed()
    return [placed[row] - at for row, at in zip(rows, times, strict=True) if row in placed]


async def _burst(product: Product, rows: Sequence[str], profile: bool) -> dict[str, Any]:
    """The same burst to a bare paho client, and to the product."""
    bare = await received(replace(product.endpoint, topic=RAW_TOPIC), rows)
    before = product.placed_count()
    product.store.writes.clear()
    with profiled(profile, sys.stderr):
        begun = (await asyncio.to_thread(Burst(product.endpoint, DEFAULT_TOPIC).publish, rows))[0]
        await _placed(product, before + len(rows))
    placed = product.store.placed()
    done = [placed[row] for row in rows if row in placed]
    return {
        "received_rate": bare,
        "committed_rate": len(done) / (max(done) - begun),
        "burst_lost": len(rows) - len(done),
    }


async def _placed(product: Product, count: int) -> None:
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline and product.placed_count() < count:
        await asyncio.sleep(0.05)
