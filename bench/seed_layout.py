"""The seed's layout as a baseline: one JSON list a shard, rewritten for each assignment."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from bench.raw import Source, subscribe_with
from bench.table import TABLE
from notify.broker import EmbeddedBroker
from notify.client import new_client, stop_client
from notify.endpoint import Endpoint

SHARDS = 11
SETTLE_S = 60.0
CONNECT_S = 10.0
REWRITE = "UPDATE lists SET body = ?, version = version + 1 WHERE shard = ?"


Look = Callable[[str], object]
Write = Callable[[int, Sequence[str]], object]


class SeedWriter(ABC):
    """Looks each id up, adds it to the shortest list and commits that list, one message at a time."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.lists = [list(rows[number::SHARDS]) for number in range(SHARDS)]
        self._messages: SimpleQueue[bytes | None] = SimpleQueue()
        self._done: list[float] = []

    @property
    @abstractmethod
    def endpoint(self) -> Endpoint:
        """Where the messages are had."""

    @abstractmethod
    def opened(self) -> AbstractContextManager[tuple[Look, Write]]:
        """How an id is looked up in the catalog, and a list written; used on one thread."""

    def measure(self, source: Source, rows: Sequence[str], rate: float) -> list[float]:
        """Seconds from each publication to its commit."""
        client = new_client(self.endpoint, None, (0.2, 1.0))
        ready: list[bool] = []
        subscribe_with(client, self.endpoint.topic, lambda: ready.append(True))

        def on_message(_client: Any, _userdata: Any, message: Any) -> None:
            self._messages.put(bytes(message.payload))

        client.on_message = on_message
        client.connect_async(self.endpoint.host, self.endpoint.port)
        client.loop_start()
        writer = threading.Thread(target=self._write, name="seed-writer", daemon=True)
        writer.start()
        try:
            until(lambda: bool(ready), CONNECT_S)
            published = source.publish(rows, rate)
            until(lambda: len(self._done) == len(rows), SETTLE_S)
        finally:
            self._messages.put(None)
            stop_client(client)
            writer.join(SETTLE_S)
        return [after - before for before, after in zip(published, self._done, strict=False)]

    def _write(self) -> None:
        with self.opened() as (look, write):
            while (message := self._messages.get()) is not None:
                wanted = json.loads(message)["k"]["id"]
                look(wanted)
                number = min(range(SHARDS), key=lambda one: len(self.lists[one]))
                self.lists[number].append(wanted)
                write(number, self.lists[number])
                self._done.append(time.perf_counter())


class EmbeddedSeedWriter(SeedWriter):
    """On SQLite and the embedded broker."""

    def __init__(self, folder: Path, rows: Sequence[str]) -> None:
        super().__init__(rows)
        self._folder = folder
        self._broker = EmbeddedBroker(password="bench")

    def __enter__(self) -> Self:
        self._broker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._broker.stop()

    @property
    def endpoint(self) -> Endpoint:
        return self._broker.endpoint()

    @contextmanager
    def opened(self) -> Iterator[tuple[Look, Write]]:
        path = self._folder / "catalog.db"
        with closing(self._store()) as store, closing(sqlite3.connect(path)) as catalog:

            def look(wanted: str) -> object:
                return catalog.execute(f"SELECT id FROM {TABLE} WHERE id = ?", (wanted,)).fetchone()

            def write(number: int, ids: Sequence[str]) -> None:
                store.execute("BEGIN IMMEDIATE")
                store.execute(REWRITE, (json.dumps({"ids": ids}), number))
                store.execute("COMMIT")

            yield look, write

    def _store(self) -> sqlite3.Connection:
        store = sqlite3.connect(self._folder / "seed.db", isolation_level=None)
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE lists (shard INTEGER PRIMARY KEY, version INTEGER, body TEXT)")
        bodies = [(number, json.dumps({"ids": one})) for number, one in enumerate(self.lists)]
        store.executemany("INSERT INTO lists VALUES (?, 0, ?)", bodies)
        return store


def until(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s")
        time.sleep(0.01)
