"""The seed's layout on the same services, as a baseline: one JSON list a shard, rewritten each time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

import psycopg
from kazoo.client import KazooClient

from bench.raw import Source, subscribe_with
from bench.real.catalog import DRIVER
from bench.seed_layout import SHARDS, until
from bench.table import TABLE
from notify.client import new_client, stop_client
from notify.endpoint import Endpoint

SETTLE_S = 60.0
CONNECT_S = 10.0
ROOT = "/bench-seed"


class SeedWriter:
    """Looks each id up, adds it to the shortest list and commits that list, one message at a time."""

    def __init__(self, hosts: str, url: str, endpoint: Endpoint, rows: Sequence[str]) -> None:
        self._lists = [list(rows[number::SHARDS]) for number in range(SHARDS)]
        self._catalog = url.replace(DRIVER, "")
        self._endpoint = endpoint
        self._messages: SimpleQueue[bytes | None] = SimpleQueue()
        self._done: list[float] = []
        self._client = KazooClient(hosts=hosts)

    def __enter__(self) -> Self:
        self._client.start(timeout=CONNECT_S)
        for number, ids in enumerate(self._lists):
            for name, body in (("", {}), ("/_reload", {"times": 0}), ("/resources", {"ids": ids})):
                self._client.create(f"{ROOT}/{number}{name}", json.dumps(body).encode(), makepath=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.delete(ROOT, recursive=True)
        self._client.stop()
        self._client.close()

    def measure(self, source: Source, rows: Sequence[str], rate: float) -> list[float]:
        """Seconds from each publication to its commit."""
        client = new_client(self._endpoint, None, (0.2, 1.0))
        ready: list[bool] = []
        subscribe_with(client, self._endpoint.topic, lambda: ready.append(True))

        def on_message(_client: Any, _userdata: Any, message: Any) -> None:
            self._messages.put(bytes(message.payload))

        client.on_message = on_message
        client.connect_async(self._endpoint.host, self._endpoint.port)
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
        with closing(psycopg.connect(self._catalog, autocommit=True)) as catalog:
            while (message := self._messages.get()) is not None:
                wanted = json.loads(message)["k"]["id"]
                catalog.execute(f'SELECT id FROM "{TABLE}" WHERE id = %s', (wanted,)).fetchone()
                number = min(range(SHARDS), key=lambda one: len(self._lists[one]))
                self._lists[number].append(wanted)
                times = len(self._done)
                request = self._client.transaction()
                request.set_data(f"{ROOT}/{number}", b"{}")
                request.set_data(f"{ROOT}/{number}/_reload", json.dumps({"times": times}).encode())
                request.set_data(
                    f"{ROOT}/{number}/resources", json.dumps({"ids": self._lists[number]}).encode()
                )
                request.commit()
                self._done.append(time.perf_counter())
