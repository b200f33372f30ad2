"""A place that several stores share, one class for each adapter; a new adapter is one more class here."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import Protocol as Interface

from orchestrator.core.model import Protocol
from orchestrator.ports import Store
from orchestrator.store.layout import ROOT
from orchestrator.store.memory import MemoryDocuments, MemoryStore
from orchestrator.store.migration import MIGRATION, Migration
from orchestrator.store.sqlite import SqliteStore
from orchestrator.store.zookeeper import ZookeeperStore
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.services.waiting import until
from tests.services.zookeeper import shared
from tests.services.zookeeper_client import removed

PROTOCOLS = {"Thing": Protocol.V1, "Rule": Protocol.SEED}


class Arena(Interface):
    async def store(self, migration: Migration = MIGRATION) -> Store:
        """A handle for one more orchestrator; closed with the arena. ``migration``: of its version."""

    async def unseat(self, store: Store) -> None:
        """End the candidacy of a store without its knowledge, so that another may take office."""

    async def close(self) -> None: ...


class MemoryArena:
    def __init__(self) -> None:
        self.documents = MemoryDocuments()
        self._stores: list[MemoryStore] = []

    async def store(self, migration: Migration = MIGRATION) -> Store:
        self._stores.append(MemoryStore(self.documents, PROTOCOLS, migration))
        return self._stores[-1]

    async def unseat(self, store: Store) -> None:
        assert isinstance(store, MemoryStore)
        store.expire()

    async def close(self) -> None:
        for store in self._stores:
            await store.close()


class SqliteArena:
    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="store-")
        self._stores: list[SqliteStore] = []

    async def store(self, migration: Migration = MIGRATION) -> Store:
        path = Path(self._directory.name) / "store.db"
        self._stores.append(await SqliteStore.open(path, PROTOCOLS, lock=False, migration=migration))
        return self._stores[-1]

    async def unseat(self, store: Store) -> None:
        """Here the last to campaign holds the office."""

    async def close(self) -> None:
        for store in self._stores:
            await store.close()
        self._directory.cleanup()


class ZookeeperArena:
    """One server for all, and for each arena a root of its own."""

    def __init__(self) -> None:
        root = f"/test-{secrets.token_hex(6)}{ROOT}"
        self.options = ZookeeperOptions(hosts=shared(), root=root)
        self._stores: list[ZookeeperStore] = []

    async def store(self, migration: Migration = MIGRATION) -> Store:
        store = await ZookeeperStore.open(self.options, PROTOCOLS, within=10, migration=migration)
        self._stores.append(store)
        return self._stores[-1]

    async def unseat(self, store: Store) -> None:
        """The node goes as at the end of a session; the store hears of it from ZooKeeper alone."""
        assert isinstance(store, ZookeeperStore)
        if store.candidate is not None:
            await removed(self.options.hosts, store.candidate)
            await until(lambda: store.candidate is None, 5, "the store has noticed")

    async def close(self) -> None:
        for store in self._stores:
            await store.close()


ARENAS: dict[str, type[Arena]] = {"memory": MemoryArena, "sqlite": SqliteArena, "zookeeper": ZookeeperArena}
