"""A load generator: connections that are kept, one request outstanding on each, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from bench import table
from bench.figure import percentile
from bench.loop import run

ASKED = 5_000
OWNED = 50_000
END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Asker(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is whole."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.took: list[float] = []
        self.bad = 0
        self.body = 0
        self.over = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._until = until
        self._buffer = b""
        self._sent = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        head = buffer.find(END)
        if head < 0:
            return
        at = buffer[:head].lower().find(LENGTH) + len(LENGTH)
        length = int(buffer[at : at + 6].split(b"\r", 1)[0])
        if len(buffer) < head + len(END) + length:
            return
        now = time.perf_counter()
        self.took.append(now - self._sent)
        self.body = length
        self._buffer = b""
        if not (buffer.startswith(b"HTTP/1.1 200") and b'"owned"' in buffer[head:]):
            self.bad += 1
        if now < self._until:
            self._ask()
        else:
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        self._finish()

    def _ask(self) -> None:
        assert self._transport is not None
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def _finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


def once(port: int, seconds: float, connections: int) -> dict[str, Any]:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return run(_load(port, seconds, connections))


async def _load(port: int, seconds: float, connections: int) -> dict[str, Any]:
    rows = random.Random(3).sample(table.ids(OWNED), ASKED)
    path = f"/v1/api/orchestrations/{table.KIND}/{{}}/instances"
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
    requests = cycle([head.format(row).encode() for row in rows])
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    askers = []
    for _ in range(connections):
        _, asker = await loop.create_connection(lambda: Asker(requests, begun + seconds), "127.0.0.1", port)
        askers.append(asker)
    async with asyncio.timeout(seconds + 10):
        await asyncio.gather(*(asker.over for asker in askers))
    took = [one for asker in askers for one in asker.took]
    return {
        "count": len(took),
        "rate": len(took) / (time.perf_counter() - begun),
        "p50": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
        "bad": sum(asker.bad for asker in askers),
        "body": askers[0].body,
    }
