"""Links that can fail: each a proxy of ours, all in one thread, steered from any other."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tests.services.proxy import Link, Matches, Proxy

T = TypeVar("T")
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: what closes is reset, and the other side hears RST."""
MULTI = struct.pack(">i", 14)


class Bytes(Proxy):
    """As ``Proxy``; without frames (``framed`` false) bytes pass as they come, at most ``drip`` a second."""

    framed = True
    drip = 0

    @classmethod
    async def at(cls, address: str, where: socket.socket | None) -> Bytes:
        """On this socket, which listens already, or on a free port of the loopback."""
        host, _, port = address.rpartition(":")
        made = cls(host, int(port))
        made._server = (
            await asyncio.start_server(made._accept, "127.0.0.1", 0)
            if where is None
            else await asyncio.start_server(made._accept, sock=where)
        )
        host, number = made._server.sockets[0].getsockname()[:2]
        made.address = f"{host}:{number}"
        return made

    def reset(self) -> None:
        """End every connection with RST."""
        for link in list(self._links):
            for writer in link.writers:
                found = writer.get_extra_info("socket")
                with suppress(OSError):
                    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            link.cut()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        link: Link,
        passes: Callable[[bytes, Link], bool],
    ) -> None:
        if self.framed and not self.drip:
            await super()._pass(reader, writer, link, passes)
            return
        with suppress(OSError):
            while part := await reader.read(self.drip or 65536):
                if self.delay_s or self.drip:
                    await asyncio.sleep(max(self.delay_s, len(part) / self.drip if self.drip else 0.0))
                await self._open.wait()
                writer.write(part)
                await writer.drain()
        link.cut()


class Line:
    """One proxy, from outside its thread."""

    def __init__(self, lines: Lines, proxy: Bytes) -> None:
        self._lines, self._proxy = lines, proxy
        self.address = proxy.address
        self.port = int(proxy.address.rpartition(":")[2])

    def hold(self) -> None:
        """Half open: nothing passes either way, nothing is closed."""
        self._lines.do(self._proxy.hold)

    def heal(self) -> None:
        """End every fault; what was held back passes."""

        def all_well() -> None:
            self._proxy.delay_s, self._proxy.drip = 0.0, 0
            self._proxy.refuse(False)
            self._proxy.release()

        self._lines.do(all_well)

    def cut(self) -> None:
        self._lines.do(self._proxy.cut)

    def reset(self) -> None:
        self._lines.do(self._proxy.reset)

    def refuse(self) -> None:
        """Cut, and every new connection too until it heals."""
        self._lines.do(self._proxy.refuse)

    def delay(self, seconds: float) -> None:
        """Each frame, or each piece where there are none, comes so much later."""
        self._proxy.delay_s = seconds

    def drip(self, rate: int) -> None:
        """From the next connection on, so many bytes a second."""
        self._proxy.drip = rate
        self._lines.do(self._proxy.cut)

    def swallow_reply(self, matches: Matches) -> None:
        self._lines.do(lambda: self._proxy.swallow_reply(matches))

    def lose_request(self, matches: Matches) -> None:
        self._lines.do(lambda: self._proxy.lose_request(matches))

    @property
    def swallowed(self) -> bool:
        return self._proxy.swallowed.is_set()

    @property
    def lost(self) -> bool:
        return self._proxy.lost.is_set()


class Lines:
    """``open`` makes a line; ``close`` ends them all."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lines", daemon=True)
        self._thread.start()
        self._proxies: list[Bytes] = []
        self.all: list[Line] = []

    def open(self, address: str, *, framed: bool = False, where: socket.socket | None = None) -> Line:
        """``framed``: ZooKeeper's and Kafka's way to speak, in which one request can be singled out.

        ``where``: a socket that listens already.
        """
        proxy = self._run(Bytes.at(address, where))
        proxy.framed = framed
        self._proxies.append(proxy)
        self.all.append(Line(self, proxy))
        return self.all[-1]

    def heal(self) -> None:
        for line in self.all:
            line.heal()

    def do(self, act: Callable[[], object]) -> None:
        async def done() -> None:
            act()

        self._run(done())

    def close(self) -> None:
        self.heal()
        for proxy in self._proxies:
            with suppress(Exception):
                self._run(proxy.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)


def is_change_of_a_kind(frame: bytes) -> bool:
    """Whether a request to ZooKeeper is a transaction that writes a kind's state."""
    return frame[4:8] == MULTI and b"/_kinds/" in frame
