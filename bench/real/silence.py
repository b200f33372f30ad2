"""A silent instance: when it is shown late, and when it is acted on, in real time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure
from bench.idle import IdleWorkers
from bench.loop import run
from bench.options import Options
from bench.real.catalog import PostgresTable
from bench.real.product import Product, running, settings_for
from bench.real.services import Services
from bench.table import KIND
from orchestrator.settings.bounds import LATE_AFTER

INTERVAL_S = 2.0
DEADLINE_S = 6.0
WINDOW_S = 8.0
ALLOWED_S = 1.0
INSTANCES = 20
LOOK_S = 0.01
ROUNDS = 3


def scenario(options: Options, services: Services) -> list[Figure]:
    engines = services.wanted("zookeeper", "mosquitto", "postgres")
    folder = options.folder / "real-silence"
    folder.mkdir()
    rounds = 1 if options.quick else ROUNDS
    answer = measured("bench.real.silence", "once", folder=str(folder), engines=engines, rounds=rounds)
    late, lost = LATE_AFTER * INTERVAL_S + ALLOWED_S, DEADLINE_S + ALLOWED_S
    return [
        Figure(
            name="real_silence_shown_late_ratio",
            values=[one / late for one in answer["late"]],
            goal=options.goal(1.0, fixed=True),
            made_of=f"{max(answer['late']):.2f} s at most / {late:.1f} s: beats every {INTERVAL_S:g} s",
        ),
        Figure(
            name="real_silence_acted_on_ratio",
            values=[one / lost for one in answer["lost"]],
            goal=options.goal(1.0, fixed=True),
            made_of=f"{max(answer['lost']):.2f} s at most / {lost:.1f} s: deadline {DEADLINE_S:g} s",
        ),
        Figure(
            name="real_silence_false_alarms",
            values=[answer["false"]],
            goal=options.goal(0, fixed=True),
            made_of=f"of {INSTANCES} instances",
        ),
    ]


def once(folder: str, engines: dict[str, Any], rounds: int) -> dict[str, Any]:
    return run(_measure(Path(folder), engines, rounds))


async def _measure(folder: Path, engines: dict[str, Any], rounds: int) -> dict[str, Any]:
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], table.ids(1000))
    health = {"interval": INTERVAL_S, "deadline": DEADLINE_S, "startup_grace": 8.0, "window": WINDOW_S}
    settings = settings_for(
        folder, {**engines, "catalog": {"url": catalog.url}}, init_instances=INSTANCES, health=health
    )
    workers = IdleWorkers()
    answer: dict[str, Any] = {"late": [], "lost": [], "false": 0}
    async with running(settings, world=workers) as product:
        await product.settled()
        # No verdict falls within a window of the leader's start, nor a second one within a window.
        await asyncio.sleep(WINDOW_S)
        for number in range(rounds):
            late, lost = await _silenced(product, workers, number)
            answer["late"].append(late)
            answer["lost"].append(lost)
            await asyncio.sleep(WINDOW_S if number + 1 < rounds else 0)
        stops = product.engine.counters["decisions.stop"]
        answer["false"] = stops - rounds
    return answer


async def _silenced(product: Product, workers: IdleWorkers, shard: int) -> tuple[float, float]:
    """Seconds from the last beat until it was shown late, and until its end was committed."""
    before = product.store.writes[-1]
    begun = time.monotonic() - _beat_age(product, shard)
    workers.silence(shard)
    late: float | None = None
    while time.monotonic() - begun < 3 * DEADLINE_S:
        if late is None and _health(product, shard) in ("late", "lost"):
            late = time.monotonic() - begun
        stopped = [
            write
            for write in product.store.writes
            if write.sent > before.sent
            and any(d.verb == "stop" and d.shard == shard for d in write.transaction.decisions)
        ]
        if stopped and late is not None:
            return late, time.monotonic() - begun
        await asyncio.sleep(LOOK_S)
    raise BrokenError(f"shard {shard} fell silent and nothing was done within {3 * DEADLINE_S:g} s")


def _health(product: Product, shard: int) -> str:
    return next(one.health for one in product.engine.shards(KIND) if one.number == shard)


def _beat_age(product: Product, shard: int) -> float:
    return next(one.beat_age or 0.0 for one in product.engine.shards(KIND) if one.number == shard)
