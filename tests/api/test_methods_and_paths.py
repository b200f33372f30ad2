from __future__ import annotations

import asyncio
import json
import logging

import pytest

from orchestrator.errors import NotNow, Permanent, Unavailable
from tests.api.conftest import Served
from tests.api.problems import problem


async def raw(served: Served, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """One exchange byte by byte, for what no client would send."""
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    writer.close()
    await writer.wait_closed()
    return int(head[0].split()[1]), headers, body


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v1",
        "/v1/api/",
        "/v1/api/kinds/Thing/nothing",
        "/console/../app.py",
        "/console/%2e%2e/app.py",
    ],
)
async def test_a_path_that_is_none_is_not_found(served: Served, path: str) -> None:
    async with served.get(path) as answer:
        await problem(answer, 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/api/orchestrations/Thing/orchestrate", "POST"),
        ("DELETE", "/v1/api/orchestrations/Thing", "GET, HEAD"),
        ("PUT", "/v1/api/kinds", "GET, HEAD"),
        ("POST", "/livez", "GET, HEAD"),
        ("PROPFIND", "/v1/api/overview", "GET, HEAD"),
        ("HEAD", "/v1/api/events/stream", "GET"),
        ("POST", "/", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_possible_names_those_that_are(
    served: Served, method: str, path: str, allowed: str
) -> None:
    async with served.request(method, path) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == allowed
        if method != "HEAD":
            await problem(answer, 405)


@pytest.mark.parametrize(
    "path", ["/", "/livez", "/v1/api/kinds", "/v1/api/orchestrations/Thing", "/console/app.js"]
)
async def test_head_answers_as_get_without_a_body(served: Served, path: str) -> None:
    async with served.get(path) as answer:
        length = answer.headers["Content-Length"]
    async with served.request("HEAD", path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Length"] == length
        assert await answer.read() == b""


async def test_options_names_the_methods_and_does_nothing(served: Served) -> None:
    async with served.request("OPTIONS", "/v1/api/kinds/Thing/resync") as answer:
        assert answer.status == 204
        assert answer.headers["Allow"] == "OPTIONS, POST"
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with served.request("OPTIONS", "/nothing") as answer:
        await problem(answer, 404)
    assert served.facade.calls == []


@pytest.mark.parametrize(
    ("failing", "status", "retry"),
    [
        (NotNow("no leader"), 503, "1"),
        (Unavailable("store away"), 503, "1"),
        (Permanent("refused"), 502, None),
    ],
)
async def test_what_the_engine_cannot_do_is_told(
    served: Served, failing: Exception, status: int, retry: str | None
) -> None:
    served.facade.failing = failing
    async with served.post("/v1/api/kinds/Thing/resync") as answer:
        assert (await problem(answer, status))["detail"] == str(failing)
        assert answer.headers.get("Retry-After") == retry


async def test_an_error_of_ours_is_logged_and_not_shown(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    served.facade.failing = RuntimeError("secret detail")
    with caplog.at_level(logging.ERROR):
        async with served.get("/v1/api/kinds/Thing", headers={"X-Request-Id": "mine-7"}) as answer:
            body = await problem(answer, 500)
            assert answer.headers["X-Request-Id"] == "mine-7"
    assert "secret" not in json.dumps(body)
    assert "mine-7" in body["detail"]
    assert "secret detail" in caplog.text
    assert "mine-7" in caplog.text


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "a;b"])
async def test_a_request_id_that_is_none_is_replaced(served: Served, given: str) -> None:
    async with served.get("/livez", headers={"X-Request-Id": given}) as answer:
        assert answer.headers["X-Request-Id"].startswith("r-")


async def test_a_line_longer_than_allowed_is_refused_as_a_problem(served: Served) -> None:
    status, headers, body = await raw(served, b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status == 400
    assert headers["content-type"].startswith("application/problem+json")
    assert json.loads(body)["status"] == 400


async def test_what_is_not_http_is_refused_as_a_problem(served: Served) -> None:
    status, _, body = await raw(served, b"\x16\x03\x01 hello\r\n\r\n")
    assert status == 400
    assert "hello" not in body.decode()


async def test_dots_in_a_raw_path_lead_nowhere(served: Served) -> None:
    status, _, _ = await raw(served, b"GET /console/../../setup.cfg HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/api/kinds?x=1", 400),
        ("/v1/api/events?limit=0", 422),
        ("/v1/api/events?limit=501", 422),
        ("/v1/api/events?limit=1e3", 422),
        ("/v1/api/events?limit=%D9%A5", 422),
        ("/v1/api/events?before=-1", 422),
        ("/v1/api/events?shard=99999999999999999999999", 422),
        ("/v1/api/instances/Thing/x/logs", 404),
        ("/v1/api/instances/Thing/99/logs", 404),
        ("/v1/api/instances/Nothing/1/logs", 404),
        ("/v1/api/instances/Thing/1/logs?lines=99999", 422),
        ("/v1/api/instances?kind=Nothing", 404),
        ("/v1/api/kinds/Nothing", 404),
        ("/v1/api/kinds/Nothing/shards", 404),
        ("/v1/api/kinds/Nothing/removals", 404),
        ("/v1/api/kinds/Nothing/resources/a", 404),
        ("/v1/api/orchestrations/Nothing", 404),
        ("/v1/api/orchestrations/Nothing/a/instances", 404),
        ("/v1/api/kinds/%00%2F..", 404),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(served: Served, path: str, status: int) -> None:
    async with served.get(path) as answer:
        await problem(answer, status)
