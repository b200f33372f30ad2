"""The side of this machine that pods see: an address that they reach, and what it leads to on the loopback.

Services of tests listen on the loopback, which a pod has one of its own of. The address is that of a bridge
without members, which no other machine knows.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.services.kubernetes_names import PORT, Find, Names

ADDRESS = "10.242.{}.1"
NETWORKS = Path("/sys/class/net")
PREFIX = "swpods"
START_S = 10.0
CHUNK = 65536


class Bridge:
    """``address``: what pods reach, known before the start. ``start`` raises RuntimeError."""

    def __init__(self) -> None:
        self.address = ADDRESS.format(secrets.randbelow(256))
        self._device = f"{PREFIX}{os.getpid()}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bridge", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._names: asyncio.DatagramTransport | None = None
        self._links: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Also removes those of processes that ended without removing theirs."""
        for path in NETWORKS.glob(f"{PREFIX}*"):
            if not Path("/proc", path.name.removeprefix(PREFIX)).exists():
                _ip("link", "delete", path.name)
        _ip("link", "add", "name", self._device, "type", "bridge")
        _ip("address", "add", f"{self.address}/24", "dev", self._device)
        _ip("link", "set", self._device, "up")
        self._thread.start()

    def lead(self, port: int, *, address: str = "", entrance: int = 0) -> None:
        """Take who connects to ``address`` (ours) at ``entrance`` (``port``) to that port of the loopback."""
        if address:
            _ip("address", "add", f"{address}/32", "dev", self._device)
        self._run(self._listen(address or self.address, entrance or port, port))

    def name(self, find: Find) -> None:
        """Answer questions for names."""
        self._run(self._answer(find))

    def stop(self) -> None:
        """May be repeated."""
        if self._thread.is_alive():
            self._run(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_S)
        if not self._loop.is_closed():
            self._loop.close()
        if (NETWORKS / self._device).exists():
            _ip("link", "delete", self._device)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)

    async def _listen(self, address: str, entrance: int, port: int) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._links.add(task)
            try:
                await _link(reader, writer, port)
            finally:
                self._links.discard(task)

        self._servers.append(await asyncio.start_server(accept, address, entrance))

    async def _answer(self, find: Find) -> None:
        self._names, _ = await self._loop.create_datagram_endpoint(
            lambda: Names(find), local_addr=(self.address, PORT)
        )

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        if self._names is not None:
            self._names.close()
        for task in list(self._links):
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        await self._loop.shutdown_default_executor()


async def _link(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Carry bytes both ways until one side ends."""
    both = [writer]
    with suppress(OSError):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            both.append(far_writer)
            ways = [
                asyncio.create_task(_carry(reader, far_writer)),
                asyncio.create_task(_carry(far_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            for one in both:
                one.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(CHUNK):
        writer.write(part)
        await writer.drain()
    # What is on its way has to arrive before the link is cut.
    writer.write_eof()
    while writer.transport.get_write_buffer_size():
        await asyncio.sleep(0.01)


def _ip(*arguments: str) -> None:
    program = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin") or "ip"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
