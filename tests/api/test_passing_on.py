"""A follower passes on to the leader what needs one, one hop, and says so."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace

import aiohttp
import pytest

from orchestrator.engine.answers import Turned
from orchestrator.errors import Unavailable
from tests.api.conftest import Serve, Served
from tests.api.facade_double import HOSTILE_IDS, FacadeDouble, following, leading, line, unowned
from tests.api.problems import problem

ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
SYNC = "/v1/worker/Thing/3/sync"
BEAT = {"incarnation": 4, "generation": 3, "pending": [], "more": False, "load": {}}
TOKEN = {"Authorization": "Bearer token-Thing-3-4"}
PASSED_BY = "X-Shardwright-Passed-By"


@pytest.fixture
async def leader(serve: Serve) -> Served:
    return await serve()


@pytest.fixture
async def follower(serve: Serve, leader: Served) -> Served:
    facade = FacadeDouble(place=following(f"http://{leader.host}:{leader.port}", holder="orch-2"))
    return await serve(facade)


async def test_a_read_is_answered_by_the_leader(leader: Served, follower: Served) -> None:
    leader.facade.own("Thing", "t-1")
    async with follower.get("/v1/api/orchestrations/Thing/t-1/instances") as answer:
        assert (answer.status, (await answer.json())["runIn"]) == (200, "iota-dac-3")
        assert answer.headers[PASSED_BY] == "orch-2"
        assert "X-Shardwright-Age" not in answer.headers
        assert answer.headers.getall("Server") == ["shardwright"]
    assert follower.facade.calls == []


async def test_a_write_is_carried_out_by_the_leader_in_the_name_of_who_asked(
    leader: Served, follower: Served
) -> None:
    leader.facade.moves = 20
    async with follower.post(f"{ORCHESTRATE}?dryRun=true", json={"maxInstances": 6}) as answer:
        assert (answer.status, (await answer.json())["moves"]) == (200, 20)
    assert leader.facade.calls == [("orchestrate", ("Thing", 6, None, True, "api 127.0.0.1 by orch-2"))]
    assert follower.facade.calls == []


async def test_who_asked_is_who_stands_behind_a_proxy_of_ours(serve: Serve, leader: Served) -> None:
    there = following(f"http://{leader.host}:{leader.port}", holder="orch-2")
    follower = await serve(FacadeDouble(place=there), proxies=frozenset({"127.0.0.1"}))
    headers = {"X-Forwarded-For": "6.6.6.6, 10.0.0.31", "X-Shardwright-Asked-By": "6.6.6.6"}
    async with follower.post(ORCHESTRATE, json={"maxInstances": 6}, headers=headers) as answer:
        assert answer.status == 200
    assert leader.facade.calls[-1][1][-1] == "api 10.0.0.31 by orch-2"


async def test_the_request_keeps_its_id_its_token_and_its_refusal(leader: Served, follower: Served) -> None:
    async with follower.post(SYNC, json=BEAT, headers={**TOKEN, "X-Request-Id": "mine-7"}) as answer:
        assert answer.status == 200
        assert (await answer.json())["ids"] == ["a", "b"]
        assert answer.headers.getall("X-Request-Id") == ["mine-7"]
    async with follower.post(SYNC, json=BEAT, headers={"Authorization": "Bearer other"}) as answer:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        await problem(answer, 401)
    leader.facade.exchange_answer = Turned(status=410, detail="incarnation 4 is over")
    async with follower.post(SYNC, json=BEAT, headers=TOKEN) as answer:
        assert (await problem(answer, 410))["detail"] == "incarnation 4 is over"


async def test_an_exchange_that_the_leader_holds_open_is_held_open_here(
    leader: Served, follower: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, let_go = leader.facade.exchange, asyncio.Event()

    async def slow(beat: object) -> object:
        await let_go.wait()
        return await inner(beat)  # type: ignore[arg-type]

    monkeypatch.setattr(leader.facade, "exchange", slow)
    asking = asyncio.ensure_future(follower.session.post(follower.url(SYNC), json=BEAT, headers=TOKEN))
    await asyncio.sleep(0.2)
    assert not asking.done()
    let_go.set()
    async with await asking as answer:
        assert answer.status == 200


@pytest.mark.parametrize("wanted", HOSTILE_IDS)
async def test_any_id_arrives_as_it_was_sent(leader: Served, follower: Served, wanted: str) -> None:
    from urllib.parse import quote

    leader.facade.resources["Thing", wanted] = unowned("Thing", wanted)
    async with follower.get(f"/v1/api/resources?id={quote(wanted, safe='')}") as answer:
        assert answer.status == 200
        assert [one["id"] for one in (await answer.json())["items"]] == [wanted]


async def test_the_stream_is_handed_through_as_it_comes_and_ends_with_the_leader(
    leader: Served, follower: Served
) -> None:
    async with follower.get("/v1/api/events/stream", headers={"Last-Event-ID": "6"}) as answer:
        assert answer.status == 200 and answer.content_type == "text/event-stream"
        assert await _read_until(answer, b"id: 7")
        leader.facade.happen(line(8))
        assert await _read_until(answer, b"id: 8")
        follower.facade.place = following("http://127.0.0.1:1", leader="orch-9")
        follower.facade.turned.set()
        async with asyncio.timeout(5.0):
            while await answer.content.readline():
                pass


async def _read_until(answer: object, wanted: bytes) -> bool:
    async with asyncio.timeout(5.0):
        while True:
            got = await answer.content.readline()  # type: ignore[attr-defined]
            assert got, "the stream ended"
            if wanted in got:
                return True


async def test_a_request_is_passed_on_once_only(serve: Serve, follower: Served) -> None:
    facade = FacadeDouble(place=following(f"http://{follower.host}:{follower.port}", holder="orch-3"))
    third = await serve(facade)
    follower.facade.place = following(f"http://{third.host}:{third.port}", holder="orch-2")
    async with follower.post(ORCHESTRATE) as answer:
        assert answer.headers["Retry-After"] == "1"
        assert "does not lead any more" in (await problem(answer, 503))["detail"]
    headers = {PASSED_BY: "orch-7"}
    async with follower.get("/v1/api/kinds", headers=headers) as answer:
        assert (
            "'orch-7' passed this on, but orch-2 does not lead either"
            in (await problem(answer, 503))["detail"]
        )


async def test_nothing_is_passed_on_to_anywhere_but_the_leader(leader: Served, follower: Served) -> None:
    reader, writer = await asyncio.open_connection(follower.host, follower.port)
    writer.write(
        f"GET http://{leader.host}:1/v1/api/kinds HTTP/1.1\r\nHost: {follower.host}\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    assert answer.split(b"\r\n", 1)[0] in (b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 404 Not Found")
    for path in ("/v1/api/nothing", "/elsewhere"):
        async with follower.get(path) as found:
            assert PASSED_BY not in found.headers
            await problem(found, 404)


async def test_host_origin_and_size_are_judged_before_anything_is_passed_on(
    serve: Serve, leader: Served
) -> None:
    facade = FacadeDouble(place=following(f"http://{leader.host}:{leader.port}"))
    follower = await serve(facade, body_limit=2000)
    evil = {"Origin": "https://evil.example"}
    async with follower.post(ORCHESTRATE, headers=evil) as answer:
        await problem(answer, 403)
    async with follower.post(ORCHESTRATE, data=b" " * 3000) as answer:
        await problem(answer, 413)
    assert leader.facade.calls == []
    own = {"Origin": f"http://{follower.host}:{follower.port}"}
    async with follower.post(ORCHESTRATE, headers=own) as answer:
        assert answer.status == 200, "what may be changed here may be changed there"


async def test_what_is_about_this_server_is_answered_by_it(follower: Served) -> None:
    async with follower.get("/livez") as answer:
        assert answer.status == 200 and PASSED_BY not in answer.headers
    async with follower.get("/readyz?verbose") as answer:
        standing = (await answer.json())["standing"]
        assert (standing["role"], standing["holder"], standing["leader"]) == ("follower", "orch-2", "orch-1")
        assert standing["epoch"] == 7
    async with follower.get("/metrics") as answer:
        assert PASSED_BY not in answer.headers


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1"])
async def test_with_no_leader_to_be_had_reads_tell_their_age_and_writes_get_503(
    serve: Serve, url: str
) -> None:
    facade = FacadeDouble(place=following(url, age=4.25, why="no orchestrator leads at the moment"))
    facade.world["Thing"] = replace(facade.world["Thing"], age=4.25)
    served = await serve(facade)
    async with served.get("/v1/api/orchestrations/Thing") as answer:
        assert (answer.status, answer.headers["X-Shardwright-Age"]) == (200, "4.2")
    assert facade.calls == [("recall", None)]
    async with served.get("/v1/api/overview") as answer:
        overview = await answer.json()
        assert (overview["stale"], overview["standing"]["age"]) == (True, 4.25)
    async with served.get("/v1/api/kinds/Thing") as answer:
        assert (await answer.json())["age"] == 4.25
    async with served.get("/v1/api/kinds/Thing/removals") as answer:
        assert answer.headers["Retry-After"] == "1"
        await problem(answer, 503)
    for path, body in ((ORCHESTRATE, None), (SYNC, BEAT), ("/v1/api/kinds/Thing/resync", None)):
        async with served.post(path, json=body, headers=TOKEN) as answer:
            assert answer.headers["Retry-After"] == "1"
            detail = (await problem(answer, 503))["detail"]
            assert ("orch-1 does not answer" if url else "no orchestrator leads") in detail
    assert {name for name, _ in facade.calls} == {"recall"}


async def test_a_leader_in_doubt_answers_reads_with_their_age_and_passes_nothing_on(serve: Serve) -> None:
    facade = FacadeDouble(place=leading(leads=False, age=2.5))
    served = await serve(facade)
    async with served.get("/v1/api/kinds/Thing/shards") as answer:
        assert (answer.status, answer.headers["X-Shardwright-Age"]) == (200, "2.5")
    assert facade.calls == []


async def test_a_leader_that_is_frozen_is_waited_for_until_another_leads(
    leader: Served, follower: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*given: object, **more: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(leader.facade, "orchestrate", never)
    asking = asyncio.ensure_future(follower.session.post(follower.url(ORCHESTRATE)))
    await asyncio.sleep(0.2)
    assert not asking.done()
    follower.facade.turned.set()
    async with await asyncio.wait_for(asking, 5.0) as answer:
        assert "it leads no more" in (await problem(answer, 503))["detail"]


async def test_a_silent_leader_is_not_waited_for_by_each_reader_in_turn(
    serve: Serve, leader: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.passing._READ_S", 0.5)
    monkeypatch.setattr("api.silence.QUIET_S", 0.5)
    silent = socket.create_server(("127.0.0.1", 0))
    host, port = silent.getsockname()
    facade = FacadeDouble(place=following(f"http://{host}:{port}", age=4.25))
    served = await serve(facade)
    took = []
    for pause in (0.0, 0.0, 0.6, 0.0):
        await asyncio.sleep(pause)
        began = asyncio.get_running_loop().time()
        async with served.get("/v1/api/kinds/Thing") as answer:
            assert (answer.status, answer.headers["X-Shardwright-Age"]) == (200, "4.2")
        took.append(asyncio.get_running_loop().time() - began)
    assert took[0] >= 0.5 and max(took[1:]) < 0.45, took
    assert took[2] >= 0.15, "it is asked again, with less patience"
    silent.close()
    facade.place = following(f"http://{leader.host}:{leader.port}", age=4.25)
    async with served.get("/v1/api/kinds/Thing") as answer:
        assert PASSED_BY in answer.headers, "another leader is asked at once"


async def test_a_leader_that_answers_again_is_asked_again_by_readers(
    leader: Served, follower: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.passing._READ_S", 0.2)
    inner = leader.facade.resource

    async def slow(*given: object) -> object:
        await asyncio.sleep(1.0)
        return None

    monkeypatch.setattr(leader.facade, "resource", slow)
    for path in ("/v1/api/kinds/Thing/resources/x", "/v1/api/kinds/Thing"):
        async with follower.get(path) as answer:
            assert PASSED_BY not in answer.headers
    monkeypatch.setattr(leader.facade, "resource", inner)
    async with follower.post(ORCHESTRATE) as answer:
        assert answer.status == 200
    async with follower.get("/v1/api/kinds/Thing") as answer:
        assert PASSED_BY in answer.headers


async def test_a_head_has_the_headers_of_the_get(follower: Served) -> None:
    told = []
    for method in ("GET", "HEAD"):
        async with follower.request(method, "/v1/api/kinds/Thing") as answer:
            told.append((answer.status, answer.headers["Content-Length"], answer.content_type))
            assert bool(await answer.read()) == (method == "GET")
    assert told[0] == told[1]


async def test_json_bodies_reach_the_leader_unchanged(leader: Served, follower: Served) -> None:
    body = json.dumps({"maxInstances": 7, "resourcePerInstance": None}).encode()
    import gzip

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with follower.session.post(
        follower.url(ORCHESTRATE), data=gzip.compress(body), headers=headers
    ) as answer:
        assert answer.status == 200
    assert leader.facade.calls[0][1][1] == 7  # type: ignore[index]


async def test_more_workers_than_a_pool_of_connections_can_wait_at_once(
    leader: Served, follower: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, let_go, waiting = leader.facade.exchange, asyncio.Event(), []

    async def slow(beat: object) -> object:
        waiting.append(beat)
        await let_go.wait()
        return await inner(beat)  # type: ignore[arg-type]

    monkeypatch.setattr(leader.facade, "exchange", slow)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as workers:
        asking = [
            asyncio.ensure_future(workers.post(follower.url(SYNC), json=BEAT, headers=TOKEN))
            for _ in range(150)
        ]
        async with asyncio.timeout(20.0):
            while len(waiting) < len(asking):
                await asyncio.sleep(0.02)
        let_go.set()
        for answer in await asyncio.gather(*asking):
            assert answer.status == 200
            answer.release()


async def test_with_no_leader_and_no_store_only_what_needs_neither_is_answered(serve: Serve) -> None:
    facade = FacadeDouble(place=following(age=None), failing=Unavailable("the store does not answer"))
    served = await serve(facade)
    for path in ("/v1/api/overview", "/v1/api/instances", "/v1/api/kinds", "/v1/api/orchestrations/Thing"):
        async with served.get(path) as answer:
            assert (await problem(answer, 503))["detail"] == "the store does not answer"
    async with served.get("/v1/api/events/stream") as answer:
        assert answer.status == 200 and "X-Shardwright-Age" not in answer.headers
