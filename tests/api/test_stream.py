from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable

import aiohttp
import pytest

from orchestrator.engine.facade import FeedItem, Reading
from tests.api.conftest import Serve, Served
from tests.api.facade_double import line
from tests.api.problems import problem

STREAM = "/v1/api/events/stream"


async def next_item(answer: aiohttp.ClientResponse) -> dict[str, str]:
    """One item of the stream by its fields; a heartbeat is the field ''."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(5):
        while True:
            text = (await answer.content.readline()).decode().rstrip("\r\n")
            if not text:
                return fields
            name, _, value = text.partition(":")
            fields[name] = value.strip()


async def until(claim: object, patience: float = 5.0) -> None:
    async with asyncio.timeout(patience):
        while not claim():
            await asyncio.sleep(0.01)


async def test_the_stream_begins_with_the_version_and_goes_on_with_events(served: Served) -> None:
    async with served.get(STREAM) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        hello = await next_item(answer)
        assert hello["event"] == "hello"
        assert json.loads(hello["data"]) == {"version": "0.1.0", "asOf": 0.0}
        await until(lambda: served.facade.waiting)
        served.facade.happen(line(8, ids=("a\nb\r\n: c",)))
        item = await next_item(answer)
        assert (item["event"], item["id"]) == ("journal", "8")
        assert json.loads(item["data"])["ids"] == ["a\nb\r\n: c"]


@pytest.mark.parametrize(("header", "path"), [("5", STREAM), (None, f"{STREAM}?after=5")])
async def test_a_reader_goes_on_after_the_last_item_it_saw(
    served: Served, header: str | None, path: str
) -> None:
    headers = {} if header is None else {"Last-Event-ID": header}
    async with served.get(path, headers=headers) as answer:
        await next_item(answer)
        assert [(await next_item(answer))["id"] for _ in range(2)] == ["6", "7"]


@pytest.mark.parametrize("header", ["abc", "-1", "5.0", "9" * 30])
async def test_a_last_id_that_is_none_of_ours_asks_for_a_reload(served: Served, header: str) -> None:
    async with served.get(STREAM, headers={"Last-Event-ID": header}) as answer:
        assert (await next_item(answer))["event"] == "hello"
        assert (await next_item(answer))["event"] == "reload"


async def test_silence_is_filled_with_heartbeats(serve: Serve) -> None:
    served = await serve(stream_heartbeat=0.05)
    async with served.get(STREAM) as answer:
        await next_item(answer)
        assert await next_item(answer) == {"": "ping"}
        assert await next_item(answer) == {"": "ping"}


async def test_a_reader_that_left_is_forgotten(serve: Serve) -> None:
    served = await serve(stream_heartbeat=0.05)
    async with served.get(STREAM) as answer:
        await next_item(answer)
        await until(lambda: served.facade.waiting)
        answer.close()
    await until(lambda: not served.facade.waiting)


async def test_a_reader_that_does_not_read_is_cut_off_and_holds_up_nobody(serve: Serve) -> None:
    served = await serve(stream_patience=0.5, stream_heartbeat=0.2)
    served.facade.flood = 5_000
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect((served.host, served.port))
    slow.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    try:
        await until(lambda: served.facade.waiting)
        slowest = 0.0
        async with asyncio.timeout(20):
            while served.facade.waiting:
                begun = time.perf_counter()
                async with served.get("/livez") as answer:
                    assert answer.status == 200
                slowest = max(slowest, time.perf_counter() - begun)
                await asyncio.sleep(0.01)
        assert slowest < 0.5
    finally:
        slow.close()


async def test_readers_that_keep_up_get_all_of_it_beside_one_that_does_not(serve: Serve) -> None:
    served = await serve(stream_patience=1.0, stream_pace=0.1)
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect((served.host, served.port))
    slow.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    try:
        await until(lambda: served.facade.waiting)
        async with served.get(STREAM) as answer:
            await next_item(answer)
            await until(lambda: len(served.facade.waiting) == 2)
            for number in range(8, 400):
                served.facade.happen(line(number, ids=("x" * 10_000,)))
            assert [int((await next_item(answer))["id"]) for _ in range(8, 400)] == [*range(8, 400)]
            await until(lambda: len(served.facade.waiting) == 1, 20.0)
    finally:
        slow.close()


async def test_a_reader_of_http_1_0_is_sent_no_chunks(served: Served) -> None:
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(f"GET {STREAM}?after=5 HTTP/1.0\r\nHost: h\r\n\r\n".encode())
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readuntil(b"id: 7\n")
    assert b"chunked" not in head
    assert b"\r\n" not in body
    writer.close()


async def test_one_stream_too_many_is_refused(serve: Serve) -> None:
    served = await serve(stream_limit=1, stream_heartbeat=0.05)
    async with served.get(STREAM) as answer:
        await next_item(answer)
        async with served.get(STREAM) as other:
            await problem(other, 429)
            assert other.headers["Retry-After"] == "5"
    await until(lambda: not served.facade.waiting)
    async with served.get(STREAM) as answer:
        assert answer.status == 200


async def test_a_shutdown_ends_the_streams_at_once(served: Served) -> None:
    async with served.get(STREAM) as answer:
        await next_item(answer)
        begun = time.perf_counter()
        await served.runner.cleanup()
        assert time.perf_counter() - begun < 1.0
        async with asyncio.timeout(1):
            assert await answer.content.read() == b""


async def test_an_engine_that_fails_ends_the_stream_and_not_the_server(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(after: int | None, wake: Callable[[], None]) -> Reading:
        raise RuntimeError("broken")

    served.facade.stream = broken  # type: ignore[method-assign]
    async with served.get(STREAM) as answer:
        assert answer.status == 200
        await next_item(answer)
        async with asyncio.timeout(5):
            assert await answer.content.read() == b""
    assert "a stream failed" in caplog.text
    async with served.get("/livez") as answer:
        assert answer.status == 200


async def test_a_reader_may_leave_the_journal_out(served: Served) -> None:
    async with served.get(f"{STREAM}?journal=none&after=0") as answer:
        await next_item(answer)
        await until(lambda: served.facade.waiting)
        served.facade.waiting[0].put(FeedItem(id=9, event="reload", data={}))
        assert (await next_item(answer))["event"] == "reload"
    async with served.get(f"{STREAM}?journal=loud") as answer:
        await problem(answer, 422)


async def test_a_reader_has_its_turn_so_often_and_not_oftener(serve: Serve) -> None:
    served = await serve(stream_pace=0.2)
    async with served.get(STREAM) as answer:
        await next_item(answer)
        await until(lambda: served.facade.waiting)
        begun = time.perf_counter()
        told = []
        for number in range(8, 12):
            served.facade.happen(line(number))
            told.append((await next_item(answer))["id"])
        assert told == ["8", "9", "10", "11"]
        assert time.perf_counter() - begun > 0.3
