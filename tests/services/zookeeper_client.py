"""An operator's hand in ZooKeeper: a client of its own, so that no store knows of what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from kazoo.client import KazooClient


@contextmanager
def operator(hosts: str, digest: str | None = None) -> Iterator[KazooClient]:
    client = KazooClient(hosts=hosts, auth_data=[] if digest is None else [("digest", digest)])
    client.start(timeout=10)
    try:
        yield client
    finally:
        client.stop()
        client.close()


async def removed(hosts: str, path: str) -> None:
    """Remove a node without its owner."""

    def remove() -> None:
        with operator(hosts) as client:
            client.delete(path)

    await asyncio.to_thread(remove)
