"""Stores on a ZooKeeper, closed at the end of a test; each test has a root of its own."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from orchestrator.errors import Unavailable
from orchestrator.ports import Office, Store
from orchestrator.store.layout import ROOT
from orchestrator.store.zookeeper import ZookeeperStore
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.contract.arena import PROTOCOLS

MULTI, CREATE, CLOSE = 14, 1, -11


def is_request(*types: int) -> Any:
    """Whether a frame from a client of ZooKeeper is a request of one of these types."""
    return lambda frame: len(frame) >= 8 and struct.unpack_from(">i", frame, 4)[0] in types


class Stores:
    def __init__(self) -> None:
        self.root = f"/test-{secrets.token_hex(6)}{ROOT}"
        self._opened: list[ZookeeperStore] = []

    async def open(self, hosts: str, *, within: float = 10, **options: Any) -> ZookeeperStore:
        chosen = ZookeeperOptions(hosts=hosts, **{"root": self.root, **options})
        store = await ZookeeperStore.open(chosen, PROTOCOLS, within=within)
        self._opened.append(store)
        return store

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


@asynccontextmanager
async def opening() -> AsyncIterator[Stores]:
    stores = Stores()
    try:
        yield stores
    finally:
        await stores.close()


async def elected(store: Store, holder: str, within: float, every: float = 0.02) -> Office:
    """The office, campaigned for until it is there."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        try:
            answer = await store.campaign(holder, f"http://{holder}")
        except Unavailable:
            answer = None
        if isinstance(answer, Office):
            return answer
        await asyncio.sleep(every)
    raise AssertionError(f"{holder} did not take office within {within:g} s")


async def fenced(store: Store, office: Office, within: float) -> Any:
    """What a fence answers once it is certain."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        try:
            return await store.fence(office)
        except Unavailable:
            await asyncio.sleep(0.05)
    raise AssertionError(f"no certainty within {within:g} s")
