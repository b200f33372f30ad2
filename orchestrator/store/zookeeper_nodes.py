"""Single nodes, read and made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kazoo.exceptions import NoNodeError

from orchestrator.store.document import Document
from orchestrator.store.zookeeper_client import Client
from orchestrator.store.zookeeper_link import Link


class Nodes:
    """Everything here raises Unavailable, and Permanent where ZooKeeper refuses."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._ensured: set[str] = set()

    async def get(self, path: str) -> Document | None:
        answer = await self._read(path, lambda client: client.get_async(path))
        return None if answer is None else Document(answer[0], answer[1].version)

    async def names(self, path: str) -> list[str]:
        """Of what stands below the path, in order; none where there is no such node."""
        return sorted(await self._read(path, lambda client: client.get_children_async(path)) or ())

    async def ensure(self, *paths: str) -> None:
        """Have nodes there that hold nothing themselves, and their parents."""
        for path in paths:
            if path not in self._ensured:
                await self._read(path, partial(_made, path=path))
                self._ensured.add(path)

    def forget(self) -> None:
        """Look again at what was ensured: it goes when the servers lose their data."""
        self._ensured.clear()

    async def _read(self, path: str, send: Callable[[Client], Any]) -> Any:
        """None where there is no node."""
        try:
            return await self._link.call(path, send)
        except NoNodeError:
            return None


def _made(client: Client, path: str) -> Any:
    return client.ensure_path_async(path)
