"""A TCP proxy between a client and a server that delays, cuts, holds back and swallows on demand.

It understands the framing of ZooKeeper and Kafka (four bytes of length, then the frame), so that
one request and its reply can be singled out.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress

Matches = Callable[[bytes], bool]
LENGTH = struct.Struct(">i")


class Link:
    """One client and the server behind it."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.writers = (client, server)
        self.awaited: bytes | None = None
        """The number of the request whose reply is to be swallowed."""

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """Listens on a free port of the loopback (``address``) and passes frames on to ``target``."""

    def __init__(self, host: str, port: int) -> None:
        self.delay_s = 0.0
        self.swallowed = asyncio.Event()
        self.lost = asyncio.Event()
        self._target = (host, port)
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._swallow: Matches | None = None
        self._lose: Matches | None = None
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.address = ""

    @classmethod
    async def to(cls, address: str) -> Proxy:
        host, _, port = address.rpartition(":")
        proxy = cls(host, int(port))
        proxy._server = await asyncio.start_server(proxy._accept, "127.0.0.1", 0)
        proxy.address = f"127.0.0.1:{proxy._server.sockets[0].getsockname()[1]}"
        return proxy

    def hold(self) -> None:
        """From now on nothing passes, either way, on old connections and on new ones: half open."""
        self._open.clear()

    def release(self) -> None:
        """What was held back passes after all, and everything from now on."""
        self._open.set()

    def cut(self) -> None:
        """End every connection."""
        for link in list(self._links):
            link.cut()

    def refuse(self, refuses: bool = True) -> None:
        """End every connection, and every new one at once, until told otherwise."""
        self._refuses = refuses
        if refuses:
            self.cut()

    def swallow_reply(self, matches: Matches) -> None:
        """Let the next request that matches through; when the reply comes, drop it and the connection."""
        self._swallow = matches
        self.swallowed.clear()

    def lose_request(self, matches: Matches) -> None:
        """Drop the next request that matches, and the connection: the server never sees it."""
        self._lose = matches
        self.lost.clear()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.refuse()
        self.release()
        await asyncio.gather(*self._tasks)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            return
        link = Link(writer, server_writer)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, server_writer, link, self._request))
                group.create_task(self._pass(server_reader, writer, link, self._reply))
        finally:
            self._links.discard(link)
            link.cut()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        link: Link,
        passes: Callable[[bytes, Link], bool],
    ) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = await reader.readexactly(LENGTH.size)
                frame = await reader.readexactly(LENGTH.unpack(head)[0])
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._open.wait()
                if not passes(frame, link):
                    break
                writer.write(head + frame)
                await writer.drain()
        link.cut()

    def _request(self, frame: bytes, link: Link) -> bool:
        if self._lose is not None and self._lose(frame):
            self._lose = None
            self.lost.set()
            return False
        if self._swallow is not None and self._swallow(frame):
            self._swallow = None
            link.awaited = frame[:4]
        return True

    def _reply(self, frame: bytes, link: Link) -> bool:
        if link.awaited is None or frame[:4] != link.awaited:
            return True
        self.swallowed.set()
        return False
