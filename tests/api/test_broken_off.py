"""Clients that end in the middle of a request, as a worker does that is killed: nothing to complain of."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct

import pytest

from tests.api.conftest import Served

HEAD = (
    "POST /v1/worker/Thing/3/sync HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer token-Thing-3-4\r\n"
    "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
)
AT_ONCE = struct.pack("ii", 1, 0)
"""Lingering for no time: the connection is reset, as by a process that was killed."""


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
async def test_a_worker_that_dies_in_the_middle_of_a_request_leaves_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture, reset: bool
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        reader, writer = await asyncio.open_connection(served.host, served.port)
        del reader
        writer.write(HEAD.format(host=f"{served.host}:{served.port}").encode() + b'{"incarnation": 4')
        await writer.drain()
        await asyncio.sleep(0.05)
        if reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        writer.close()
    await asyncio.sleep(0.2)
    async with served.get("/livez") as answer:
        assert answer.status == 200
    assert [record.getMessage() for record in caplog.records] == []
