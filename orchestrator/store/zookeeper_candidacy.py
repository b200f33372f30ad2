"""The own place in the queue for the office: an ephemeral node, numbered by the server.

The node's name holds the token of this store and the session, so that a node whose creation was
not confirmed is found again, and one of an earlier session of ours is known and removed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from kazoo.exceptions import NoNodeError

from orchestrator.errors import Unavailable
from orchestrator.ports import Candidate
from orchestrator.store.layout_document import decode_candidate, encode_candidate
from orchestrator.store.zookeeper_link import Link, Session


class Candidacy:
    """``parent``: where the candidates stand. ``token`` must be this store's alone, without '-'."""

    def __init__(self, link: Link, parent: str, token: str) -> None:
        self._link = link
        self._parent = parent
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._held: tuple[Session, str] | None = None
        self._moved_up = asyncio.Event()

    @property
    def path(self) -> str | None:
        """The own node, None when it is known to be gone. A lost connection alone does not end it."""
        session = self._link.session
        if self._held is not None and session is not None and session != self._held[0]:
            self._held = None
        return None if self._held is None else self._held[1]

    @property
    def session(self) -> Session | None:
        """The session that is up and has a candidacy; None when there is no such."""
        session = self._link.session
        return session if session is not None and self.path is not None else None

    async def enter(self, who: Candidate) -> bool:
        """Queue, where that is not done yet, and say whether nobody is before us. Raises Unavailable.

        ``who``: what the others are told of us.
        """
        _, session = self._link.client()
        self._moved_up.clear()
        prefix = f"{self._token}-{session.id & (2**64 - 1):016x}-"
        names = await self._names()
        if not any(name.startswith(prefix) for name in names):
            node = f"{self._parent}/{prefix}"
            body = encode_candidate(who)
            await self._link.call(
                node,
                lambda client: client.create_async(node, body, ephemeral=True, sequence=True),
                proves=True,
            )
            names = await self._names()
        mine = [name for name in names if name.startswith(prefix)]
        if not mine:
            raise Unavailable("the own candidacy could not be kept: the session has changed")
        for name in names:
            if name.startswith(self._token + "-") and name not in mine:
                await self._remove(f"{self._parent}/{name}")
                names = [other for other in names if other != name]
        self._held = session, f"{self._parent}/{mine[0]}"
        await self.check()
        if names[0] == mine[0]:
            return True
        await self._watch(f"{self._parent}/{names[names.index(mine[0]) - 1]}")
        return False

    async def turn(self, within: float) -> None:
        """Return when the candidate before us has gone, after ``within`` seconds at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._moved_up.wait()

    async def _watch(self, before: str) -> None:
        """Ask to be told of the end of the one before us, and of no other: not all wake for each end."""
        if await self._link.call(before, lambda client: client.exists_async(before, self._on_end)) is None:
            self._moved_up.set()

    async def check(self) -> None:
        """See whether the own node is there, and ask to be told of its end. Raises Unavailable."""
        held = self._held
        if held is None:
            return
        # The same bound method each time: it replaces itself, and does not add up.
        path = held[1]
        if await self._link.call(path, lambda client: client.exists_async(path, self._on_event)) is None:
            self.forget(path)

    async def all(self) -> list[Candidate]:
        """Who queues, the first first. Raises Unavailable, Permanent."""
        found = []
        for name in await self._names():
            path = f"{self._parent}/{name}"
            with suppress(NoNodeError):
                found.append(decode_candidate(path, await self._body(path)))
        return found

    async def _body(self, path: str) -> bytes:
        body, _ = await self._link.call(path, lambda client: client.get_async(path))
        return bytes(body)

    async def leave(self) -> None:
        """Give the place up. Raises Unavailable."""
        held, self._held = self._held, None
        if held is not None:
            await self._remove(held[1])

    def forget(self, path: str) -> None:
        """Take note that the node is gone."""
        if self._held is not None and self._held[1] == path:
            self._held = None

    async def _names(self) -> list[str]:
        """Of all candidates, in the order in which they queued."""
        names = await self._link.call(self._parent, lambda client: client.get_children_async(self._parent))
        return sorted((name for name in names if name[-10:].isdecimal()), key=lambda name: name[-10:])

    async def _remove(self, path: str) -> None:
        with suppress(NoNodeError):
            await self._link.call(path, lambda client: client.delete_async(path), proves=True)

    def _on_end(self, event: Any) -> None:
        """On kazoo's thread, of the one before us or of the session: in either case it is time to look."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._moved_up.set)

    def _on_event(self, event: Any) -> None:
        """On kazoo's thread. Only a hint: the node is looked at again now and then."""
        if event.type == "DELETED":
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self.forget, event.path)
