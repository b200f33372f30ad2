"""The embedded product in this process, wired as bootstrap wires it, with instances that do nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.idle import IdleWorkers
from bench.table import KIND, TABLE, make
from heartbeat.memory import MemoryHeartbeats
from notify.broker import EmbeddedBroker
from notify.endpoint import DEFAULT_TOPIC, Endpoint
from orchestrator.bootstrap import parts
from orchestrator.bootstrap.collector import Offload, calm_collector
from orchestrator.clock import SystemClock
from orchestrator.core.decisions import CommitResult, Committed, Transaction
from orchestrator.engine.engine import Engine
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.ports import Office
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.settings import Settings, load
from orchestrator.store.sqlite import SqliteStore

RAW_TOPIC = "bench/raw"
READY_S = 60.0


class TimedStore:
    """The embedded store; notes when a commit that assigned an id was answered."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.committed: dict[str, float] = {}
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        result = await self._store.commit(transaction, office)
        at = time.perf_counter()
        if isinstance(result, Committed):
            self.transactions += 1
            for decision in transaction.decisions:
                if decision.verb == "assign":
                    self.committed.update(dict.fromkeys(decision.ids, at))
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    engine: Engine
    store: TimedStore
    settings: Settings
    endpoint: Endpoint
    catalog_path: Path

    async def ready(self) -> None:
        """Every id of the catalog is owned, and nothing more is to be compared."""
        async with asyncio.timeout(READY_S):
            while not (self.engine.overview().ready and self._is_connected()):
                await asyncio.sleep(0.05)
            await asyncio.sleep(1.2)
            await self.engine.resync(KIND, actor="bench")

    def _is_connected(self) -> bool:
        return any(one.name == "mqtt" and one.ok for one in self.engine.overview().dependencies)


@asynccontextmanager
async def running(folder: Path, rows: Sequence[str], **kind: Any) -> AsyncIterator[World]:
    """``kind``: settings of the kind that differ from the defaults."""
    catalog_path = folder / "catalog.db"
    if not catalog_path.exists():
        make(catalog_path, rows)
    settings = settings_for(folder, catalog_path, **kind)
    broker = EmbeddedBroker(password="bench", topics=(DEFAULT_TOPIC, RAW_TOPIC))
    await asyncio.to_thread(broker.start)
    try:
        async with (
            parts.opened_store(settings) as store,
            parts.opened_journal(settings) as journal,
            parts.catalog(settings) as catalog,
            parts.notifications(settings, broker.endpoint()) as notifications,
        ):
            timed = TimedStore(store)
            clock = SystemClock()
            workers = IdleWorkers()
            engine = Engine(
                version="bench",
                holder="bench",
                store=timed,
                journal=journal,
                notifications=notifications,
                kinds=[_setup(settings, catalog, clock, workers)],
                around=surroundings(clock),
            )
            workers.engine = engine
            calm_collector()
            work = asyncio.create_task(engine.run())
            try:
                yield World(
                    engine=engine,
                    store=timed,
                    settings=settings,
                    endpoint=broker.endpoint(),
                    catalog_path=catalog_path,
                )
            finally:
                await workers.close()
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
    finally:
        await asyncio.to_thread(broker.stop)


def settings_for(folder: Path, catalog_path: Path, **kind: Any) -> Settings:
    return load(
        None,
        {},
        {
            "data_dir": folder,
            "api.port": 0,
            "access.mode": "open",
            "catalog.url": f"sqlite:///{catalog_path}",
            "kinds": {KIND: {"table": TABLE, **kind}},
        },
    )


def surroundings(clock: SystemClock) -> Surroundings:
    return Surroundings(
        clock=clock,
        offload=Offload(),
        worker_url=lambda: "http://127.0.0.1:1",
        own_url=lambda: "http://127.0.0.1:1",
        key=b"bench",
        name=parts.unique_name,
        store_id="bench",
    )


def _setup(settings: Settings, catalog: Any, clock: SystemClock, workers: IdleWorkers) -> KindSetup:
    doors: Any = {"runtime": MemoryRuntime(clock, world=workers), "heartbeats": MemoryHeartbeats(clock)}
    made = parts.kind_setup(KIND, settings.kinds[KIND], settings, catalog=catalog, **doors)
    # Nothing of the catalog is compared anew while something is measured; 100 shards can become 120.
    policy = replace(made.policy, max_max_instances=200)
    return replace(made, resync_interval=3600.0, policy=policy)
