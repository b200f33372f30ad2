"""100 shards become 120 with workers of the SDK: how long, and how long a moving id is served by nobody."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import table
from bench.blocking import Ticker
from bench.child import BrokenError, measured
from bench.figure import Figure, percentile
from bench.loop import run
from bench.options import Options
from bench.profiling import Culprits, profiled
from bench.real.catalog import PostgresTable
from bench.real.crew import Crews
from bench.real.product import Product, running, settings_for
from bench.real.services import Services
from bench.table import KIND
from orchestrator.core.decisions import Refused
from orchestrator.errors import NotNow
from shardwright_worker.audit import audit, read_ledgers
from shardwright_worker.holds import History

BEFORE, AFTER = 100, 120
WITHIN_S = 120.0
SETTLED_S = 60.0
QUIET_S = 3.0
LOOK_S = 0.05
NANO = 1e9


def scenario(options: Options, services: Services) -> list[Figure]:
    engines = services.wanted("zookeeper", "mosquitto", "postgres")
    folder = options.folder / "real-scale"
    folder.mkdir()
    given = {"count": options.resources, "profile": options.profile}
    one = measured("bench.real.scale", "once", deadline_s=300, folder=str(folder), engines=engines, **given)
    limit = f"at most {one['limit']:,} at once, {one['moved'] / one['limit']:.1f} limits"
    deadline = options.goal(one["deadline"], fixed=True)
    return [
        Figure(
            name="real_scale_s",
            values=[one["took"]],
            made_of=f"{one['moved']:,} acknowledged moves to {AFTER} workers, {limit}, "
            f"{one['transactions']} transactions",
        ),
        Figure(
            name="real_scale_moves_ratio",
            values=[one["moved"] / one["bound"]],
            goal=options.goal(1.0, fixed=True),
            made_of=f"{one['moved']:,} / at least {one['bound']:,}",
        ),
        Figure(name="real_scale_double_served", values=[one["double"]], goal=options.goal(0, fixed=True)),
        Figure(name="real_scale_unserved", values=[one["unserved"]], goal=options.goal(0, fixed=True)),
        Figure(
            name="real_scale_unowned_p50_ms",
            values=[one["unowned_p50"] * 1e3],
            made_of="an id that moves: from the end of its release to the begin of its acquire",
        ),
        Figure(name="real_scale_unowned_p99_ms", values=[one["unowned_p99"] * 1e3]),
        Figure(
            name="real_scale_unowned_most_s",
            values=[one["unowned_most"]],
            goal=deadline,
            made_of="the deadline of a hand-off",
        ),
        Figure(name="real_scale_loop_blocked_ms", values=[one["blocked"] * 1e3]),
    ]


def once(folder: str, engines: dict[str, Any], count: int, profile: bool) -> dict[str, Any]:
    return run(_measure(Path(folder), engines, count, profile))


async def _measure(folder: Path, engines: dict[str, Any], count: int, profile: bool) -> dict[str, Any]:
    rows = table.ids(count)
    catalog = await asyncio.to_thread(PostgresTable.make, engines["catalog"]["url"], rows)
    settings = settings_for(
        folder,
        {**engines, "catalog": {"url": catalog.url}},
        resource_per_instance=count // BEFORE,
        max_instances=BEFORE,
        # One core and a half play 120 pods: none of them is to be taken for silent.
        health={"deadline": 60.0, "startup_grace": 60.0},
    )
    ledger = folder / "ledger"
    ledger.mkdir()
    crews = Crews(ledger)
    ticker = Ticker(Culprits(wanted=False, out=sys.stderr))
    answer: dict[str, Any] = {}
    async with running(settings, world=crews) as product:
        await product.ready()
        await _served(product, crews, ledger)
        product.store.writes.clear()
        ticking = asyncio.create_task(ticker.run())
        begun = time.perf_counter()
        with profiled(profile, sys.stderr):
            await _orchestrated(product, count)
            await _until(lambda: not product.engine.kind(KIND).orchestrating, WITHIN_S, crews)
            answer["took"] = time.perf_counter() - begun
        ticking.cancel()
        await _served(product, crews, ledger)
        answer["transactions"] = len(product.store.writes)
        policy = product.settings.kinds[KIND]
        answer["limit"] = max(policy.moves.floor, int(policy.moves.ratio * count))
        answer["deadline"] = policy.handoff_deadline
    answer["blocked"] = ticker.longest
    answer["bound"] = _bound(count)
    return answer | await asyncio.to_thread(_judged, ledger, rows)


def _bound(count: int) -> int:
    """The fewest moves from equal shares of ``BEFORE`` to shares of ``AFTER`` even to within one."""
    share, more = divmod(count, AFTER)
    each = count // BEFORE
    return sum(each - share - (number < more) for number in range(BEFORE))


async def _orchestrated(product: Product, count: int) -> None:
    """Asked for again while a busy machine cannot read half a million ids in the time that a person waits."""
    wanted = {"max_instances": AFTER, "resource_per_instance": count // (AFTER - 1)}
    deadline = time.monotonic() + WITHIN_S
    while True:
        try:
            answer = await product.engine.orchestrate(KIND, **wanted, dry_run=False, actor="bench")
        except NotNow:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(LOOK_S)
            continue
        if isinstance(answer, Refused):
            raise BrokenError(answer.detail)
        return


async def _served(product: Product, crews: Crews, ledger: Path) -> None:
    """Every shard's worker has applied what it was given, and has served it by its ledger."""

    def all_applied() -> bool:
        return all(one.acknowledged == one.generation for one in product.engine.shards(KIND))

    await _until(all_applied, SETTLED_S, crews)
    # Applied is not served yet: the callbacks of a whole assignment take their time, and write while they do.
    size, quiet_since = -1, time.monotonic()
    while time.monotonic() - quiet_since < QUIET_S:
        written = sum(file.stat().st_size for file in ledger.iterdir())
        if written != size:
            size, quiet_since = written, time.monotonic()
        await asyncio.sleep(LOOK_S)


async def _until(condition: Any, seconds: float, crews: Crews) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if crews.ended:
            raise BrokenError("a process of workers ended")
        if time.monotonic() > deadline:
            raise BrokenError(f"not within {seconds:g} s")
        await asyncio.sleep(LOOK_S)


def _judged(ledger: Path, rows: list[str]) -> dict[str, Any]:
    histories = read_ledgers(ledger)
    at = max(history.last for history in histories)
    # A worker here writes no signs of life: all of them lived to the end.
    report = audit(histories, expected=rows, at=at, fresh=WITHIN_S + SETTLED_S)
    gaps = _gaps(histories)
    return {
        "double": len(report.double_served),
        "unserved": len(report.unserved),
        "moved": len(gaps),
        "unowned_p50": percentile(gaps, 0.5),
        "unowned_p99": percentile(gaps, 0.99),
        "unowned_most": max(gaps),
    }


def _gaps(histories: list[History]) -> list[float]:
    """Seconds between the end of a release and the begin of the next acquire, of each id that moved."""
    holds: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for history in histories:
        for hold in history.holds:
            holds[hold.id].append((hold.since, hold.until))
    gaps = []
    for those in holds.values():
        those.sort()
        for (_, until), (since, _) in pairwise(those):
            gaps.append(max(0, since - until) / NANO)
    return gaps
