"""The seed's layout on the same services, as a baseline: one JSON list a shard, rewritten each time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from types import TracebackType
from typing import Self

import psycopg
from kazoo.client import KazooClient

from bench.real.catalog import DRIVER
from bench.seed_layout import CONNECT_S, Look, SeedWriter, Write
from bench.table import TABLE
from notify.endpoint import Endpoint

ROOT = "/bench-seed"


class RealSeedWriter(SeedWriter):
    """On ZooKeeper and PostgreSQL."""

    def __init__(self, hosts: str, url: str, endpoint: Endpoint, rows: Sequence[str]) -> None:
        super().__init__(rows)
        self._catalog = url.replace(DRIVER, "")
        self._endpoint = endpoint
        self._client = KazooClient(hosts=hosts)

    def __enter__(self) -> Self:
        self._client.start(timeout=CONNECT_S)
        for number, ids in enumerate(self.lists):
            for name, body in (("", {}), ("/_reload", {"times": 0}), ("/resources", {"ids": ids})):
                self._client.create(f"{ROOT}/{number}{name}", json.dumps(body).encode(), makepath=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.delete(ROOT, recursive=True)
        self._client.stop()
        self._client.close()

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    @contextmanager
    def opened(self) -> Iterator[tuple[Look, Write]]:
        times = count()
        with closing(psycopg.connect(self._catalog, autocommit=True)) as catalog:

            def look(wanted: str) -> object:
                return catalog.execute(f'SELECT id FROM "{TABLE}" WHERE id = %s', (wanted,)).fetchone()

            def write(number: int, ids: Sequence[str]) -> None:
                request = self._client.transaction()
                request.set_data(f"{ROOT}/{number}", b"{}")
                request.set_data(f"{ROOT}/{number}/_reload", json.dumps({"times": next(times)}).encode())
                request.set_data(f"{ROOT}/{number}/resources", json.dumps({"ids": ids}).encode())
                request.commit()

            yield look, write
