"""The server itself (``serve``), as its configuration says, with watches at the doors of store and runtime.

Where instances are not what is measured they do nothing, and there are none in the runtime.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.child import BrokenError
from bench.idle import IdleWorkers
from bench.table import KIND, TABLE
from notify.endpoint import Endpoint
from orchestrator.bootstrap import parts
from orchestrator.bootstrap.mqtt import endpoint_of
from orchestrator.bootstrap.serve import Announcement, serve
from orchestrator.clock import SystemClock
from orchestrator.core.decisions import CommitResult, Committed, Transaction
from orchestrator.core.view import touched_chunks
from orchestrator.engine.engine import Engine
from orchestrator.ports import Office, Runtime
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.settings import Settings, load

READY_S = 90.0
READY_EVERY_S = 0.1
"""Seldom: an overview of many shards takes the loop some milliseconds that are not the product's own."""

OPEN_S = 1.2
"""After the subscription was granted the server compares everything, at most once a second."""

MakeRuntime = Callable[[Any, ExitStack], Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One committed transaction; ``time.perf_counter()`` before it was sent and after its answer."""

    sent: float
    answered: float
    transaction: Transaction


class WatchedStore:
    """The store that was configured; remembers what was committed, and when."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.writes: list[Write] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        sent = time.perf_counter()
        result: CommitResult = await self._store.commit(transaction, office)
        if isinstance(result, Committed):
            self.writes.append(Write(sent, time.perf_counter(), transaction))
        return result

    def placed(self) -> dict[str, float]:
        """When the commit that gave an id its owner was answered, of all writes that are remembered."""
        found: dict[str, float] = {}
        for write in self.writes:
            for change in write.transaction.changes:
                if change.after is not None:
                    fresh = [i for _, c in touched_chunks(change.after, change.before) for i in c.ids]
                    old = {i for _, c in touched_chunks(change.before, change.after) for i in c.ids}
                    for one in fresh:
                        if one not in old:
                            found.setdefault(one, write.answered)
        return found


class Product:
    """Made by ``running``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = ""
        self._store: WatchedStore | None = None
        self._engine: Engine | None = None

    @property
    def store(self) -> WatchedStore:
        assert self._store is not None
        return self._store

    @property
    def engine(self) -> Engine:
        assert self._engine is not None
        return self._engine

    @property
    def endpoint(self) -> Endpoint:
        return endpoint_of(self.settings.mqtt)

    @property
    def hosts(self) -> str:
        return self.settings.store.zookeeper.hosts

    def placed_count(self) -> int:
        return self.engine.counters["decisions.assign"]

    async def ready(self, within: float = READY_S) -> None:
        """Every id of the catalog is owned, all that waits for a subscription has been done."""
        async with asyncio.timeout(within):
            while not self._is_ready():
                await asyncio.sleep(READY_EVERY_S)

    async def settled(self) -> None:
        """``ready``, and nothing more is to be compared."""
        await self.ready()
        await asyncio.sleep(OPEN_S)
        await self.engine.resync(KIND, actor="bench")

    def _is_ready(self) -> bool:
        if self._engine is None:
            return False
        overview = self._engine.overview()
        return overview.ready and any(one.name == "mqtt" and one.ok for one in overview.dependencies)


def settings_for(folder: Path, engines: dict[str, Any], **kind: Any) -> Settings:
    """``engines``: sections that say which services are used. ``kind``: settings of the one kind."""
    options = {
        "data_dir": folder,
        "api.port": 0,
        "access.mode": "open",
        "resync.interval": 3600.0,
        "log.level": "error",
        "worker.away_limit": None,
        "kinds": {KIND: {"table": TABLE, **kind}},
        **{name: section for name, section in engines.items() if name != "journal"},
    }
    return load(None, {}, options)


@asynccontextmanager
async def running(
    settings: Settings,
    door: Callable[[Runtime], Runtime] | None = None,
    world: Any = None,
    policy: Mapping[str, Any] | None = None,
) -> AsyncIterator[Product]:
    """The server of these settings. ``door``: put around the runtime that they name; without it instances
    run in memory, as ``world`` plays them: ``IdleWorkers`` when None. ``policy``: what differs of the kind's.
    """
    product = Product(settings)
    workers = world if world is not None else IdleWorkers()
    over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def announced(where: Announcement) -> None:
        product.url = where.page.rstrip("/")
        over.set_result(where.page)

    with ExitStack() as stack:
        for module, name, made in (
            (parts, "opened_store", _watched_store(product)),
            (parts, "runtime", _runtime(door, workers)),
            (parts, "kind_setup", _wider(policy or {})),
            (sys.modules[serve.__module__], "Engine", _seen_engine(product, workers)),
        ):
            stack.enter_context(patch.object(module, name, made))
        serving = asyncio.create_task(serve(settings, announce=announced))
        try:
            await asyncio.wait({serving, over}, return_when=asyncio.FIRST_COMPLETED)
            if not over.done():
                raise BrokenError(f"the server did not start: {serving.exception() or serving.result()}")
            yield product
        finally:
            if hasattr(workers, "close"):
                await workers.close()
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


def _watched_store(product: Product) -> Any:
    opened = parts.opened_store

    @asynccontextmanager
    async def open_watched(*arguments: Any, **more: Any) -> AsyncIterator[Any]:
        async with opened(*arguments, **more) as store:
            product._store = WatchedStore(store)
            yield product._store

    return open_watched


def _runtime(door: Callable[[Runtime], Runtime] | None, world: Any) -> Any:
    configured = parts.runtime

    @asynccontextmanager
    async def in_memory(*_: Any, **__: Any) -> AsyncIterator[Any]:
        runtime = MemoryRuntime(SystemClock(), world=world)
        try:
            yield runtime
        finally:
            await runtime.close()

    @asynccontextmanager
    async def behind_door(*arguments: Any, **more: Any) -> AsyncIterator[Any]:
        assert door is not None
        async with configured(*arguments, **more) as runtime:
            yield door(runtime)

    return in_memory if door is None else behind_door


def _wider(policy: Mapping[str, Any]) -> Any:
    """Makes a kind of which 100 shards can become 120."""
    configured = parts.kind_setup

    def kind_setup(*arguments: Any, **more: Any) -> Any:
        made = configured(*arguments, **more)
        return replace(made, policy=replace(made.policy, max_max_instances=200, **policy))

    return kind_setup


def _seen_engine(product: Product, workers: Any) -> Any:
    class SeenEngine(Engine):
        def __init__(self, **more: Any) -> None:
            super().__init__(**more)
            product._engine = workers.engine = self

    return SeenEngine
