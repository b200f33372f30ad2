"""Readers of the live stream, in a process of their own: ``python -m bench.readers PORT COUNT LINES``.

Prints ``ready`` when each has been greeted, and, once its standard input ends, what they got, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass

from bench.loop import run


@dataclass(slots=True)
class Reader:
    items: int = 0
    reloads: int = 0
    size: int = 0

    async def read(self, port: int, lines: str, greeted: asyncio.Semaphore) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        path = f"/v1/api/events/stream?journal={lines}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await reader.readuntil(b"event: hello")
        greeted.release()
        while data := await reader.read(1 << 18):
            self.items += data.count(b"\nevent: ")
            self.reloads += data.count(b"event: reload")
            self.size += len(data)


async def _main(port: int, count: int, lines: str) -> None:
    greeted = asyncio.Semaphore(0)
    readers = [Reader() for _ in range(count)]
    reading = [asyncio.create_task(one.read(port, lines, greeted)) for one in readers]
    for _ in readers:
        await greeted.acquire()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for one in reading:
        one.cancel()
    ended = await asyncio.gather(*reading, return_exceptions=True)
    print(
        json.dumps(
            {
                "least": min(one.items for one in readers),
                "most": max(one.items for one in readers),
                "reloads": sum(one.reloads for one in readers),
                "bytes": sum(one.size for one in readers),
                "lost": sum(not isinstance(one, asyncio.CancelledError) for one in ended),
            }
        )
    )


if __name__ == "__main__":
    run(_main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
