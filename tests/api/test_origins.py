from __future__ import annotations

import pytest

from tests.api.conftest import Serve, Served
from tests.api.problems import problem

RESYNC = "/v1/api/kinds/Thing/resync"
OTHER = "https://console.example.org"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "file://",
        "http://[",
        "garbage",
    ],
)
async def test_a_foreign_page_changes_nothing(served: Served, origin: str) -> None:
    async with served.post(RESYNC, headers={"Origin": origin}) as answer:
        await problem(answer, 403)
    assert served.facade.calls == []


async def test_our_own_page_may_change_things(served: Served) -> None:
    async with served.post(RESYNC, headers={"Origin": f"http://127.0.0.1:{served.port}"}) as answer:
        assert answer.status == 200
    async with served.post(RESYNC, headers={"Origin": "https://h.example", "Host": "h.example"}) as answer:
        assert answer.status == 200


async def test_no_other_origin_may_read_unless_it_is_listed(served: Served) -> None:
    async with served.get("/v1/api/kinds", headers={"Origin": OTHER}) as answer:
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = {"Origin": OTHER, "Access-Control-Request-Method": "POST"}
    async with served.request("OPTIONS", RESYNC, headers=preflight) as answer:
        await problem(answer, 403)


async def test_a_listed_origin_may_read_and_write(serve: Serve) -> None:
    served = await serve(allowed_origins=frozenset({OTHER}))
    preflight = {
        "Origin": OTHER,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with served.request("OPTIONS", RESYNC, headers=preflight) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == OTHER
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    async with served.post(RESYNC, headers={"Origin": OTHER}) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == OTHER
        assert answer.headers["Vary"] == "Origin"
        assert "X-Shardwright-Age" in answer.headers["Access-Control-Expose-Headers"]
    async with served.get("/nothing", headers={"Origin": OTHER}) as answer:
        await problem(answer, 404)
        assert answer.headers["Access-Control-Allow-Origin"] == OTHER
    async with served.post(RESYNC, headers={"Origin": OTHER + ".evil"}) as answer:
        await problem(answer, 403)


async def test_a_foreign_name_of_the_server_is_misdirected(serve: Serve) -> None:
    served = await serve(hosts=frozenset({"localhost:8080"}))
    async with served.get("/v1/api/kinds", headers={"Host": "rebound.evil:8080"}) as answer:
        await problem(answer, 421)
    async with served.get("/v1/api/kinds", headers={"Host": "LOCALHOST:8080"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ["/", "/livez", "/v1/api/kinds", "/nothing", "/console/app.js", "/metrics"])
async def test_every_answer_tells_browsers_what_they_may_do(served: Served, path: str) -> None:
    async with served.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Server"] == "shardwright"
        assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
        assert answer.headers["X-Request-Id"]


async def test_a_listed_origin_may_send_and_read_what_makes_a_change_safe(serve: Serve) -> None:
    served = await serve(allowed_origins=frozenset({"https://console.example.org"}))
    origin = {"Origin": "https://console.example.org"}
    asks = {**origin, "Access-Control-Request-Method": "POST"}
    path = "/v1/api/kinds/Thing/pause"
    async with served.request("OPTIONS", path, headers=asks) as answer:
        allowed = {one.strip() for one in answer.headers["Access-Control-Allow-Headers"].split(",")}
        assert {"Idempotency-Key", "If-Match", "If-None-Match", "X-Shardwright-Csrf"} <= allowed
    async with served.post(f"{path}?dryRun=true", headers=origin) as answer:
        exposed = {one.strip() for one in answer.headers["Access-Control-Expose-Headers"].split(",")}
        assert {"ETag", "Idempotent-Replayed", "X-Shardwright-Dry-Run"} <= exposed
