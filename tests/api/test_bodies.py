from __future__ import annotations

import asyncio
import gzip
import io

import aiohttp
import pytest

from tests.api.conftest import Serve, Served
from tests.api.problems import problem

ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
JSON = {"Content-Type": "application/json"}


async def test_a_number_without_a_fraction_is_whole_however_it_is_written(served: Served) -> None:
    async with served.post(ORCHESTRATE, data=b'{"maxInstances":5.0}', headers=JSON) as answer:
        assert answer.status == 200
    assert served.facade.calls[-1][1][1] == 5


async def test_a_body_that_does_not_come_in_time_is_given_up(serve: Serve) -> None:
    served = await serve(body_patience=0.2)

    async def parts():
        yield b"{"
        await asyncio.sleep(5.0)

    async with served.post(ORCHESTRATE, data=parts(), headers=JSON) as answer:
        assert "within 0.2 s" in (await problem(answer, 408))["detail"]
        assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"maxInstances":null}'])
async def test_nothing_asked_for_is_a_body_as_well(served: Served, body: bytes) -> None:
    async with served.post(ORCHESTRATE, data=body, headers=JSON) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"maxInstances":\n 5', "line 2 column 3"),
        (b"{", "not JSON"),
        (b"not json", "line 1 column 1"),
        (b"\xff\xfe{}", "not UTF-8"),
        ('{"maxInstances":5}'.encode("utf-16"), "not UTF-8"),
        (b"[]", "an array"),
        (b'"text"', "a string"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b"5", "a number"),
        (b'{"maxInstances":NaN}', "NaN"),
        (b'{"maxInstances":-Infinity}', "-Infinity"),
        (b'{"maxInstances":' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"maxInstances":5,"maxInstances":6}', "more than once"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"a":' * 12_000, "nested too deeply"),
        (b'{"\\ud800":1}', "not known"),
        (b'{"__proto__":1,"constructor":2}', "not known"),
    ],
)
async def test_a_malformed_body_is_refused_and_the_fault_named(
    served: Served, body: bytes, said: str
) -> None:
    async with served.post(ORCHESTRATE, data=body, headers=JSON) as answer:
        assert said in (await problem(answer, 400))["detail"]
    assert served.facade.calls == []


async def test_a_huge_value_is_quoted_in_short(served: Served) -> None:
    async with served.post(ORCHESTRATE, json={"maxInstances": "x" * 50_000}) as answer:
        body = await problem(answer, 422)
    assert len(body["detail"]) < 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_a_body_of_another_type_is_refused(served: Served, kind: str) -> None:
    async with served.post(ORCHESTRATE, data=b"{}", headers={"Content-Type": kind}) as answer:
        assert kind in (await problem(answer, 415))["detail"]


async def test_json_with_a_charset_is_json(served: Served) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    async with served.post(ORCHESTRATE, data=b"{}", headers=headers) as answer:
        assert answer.status == 200


async def test_two_megabytes_are_refused_and_the_server_goes_on(served: Served) -> None:
    async with served.post(ORCHESTRATE, data=io.BytesIO(b"x" * 2_000_000), headers=JSON) as answer:
        assert "65,536" in (await problem(answer, 413))["detail"]
    async with served.post(ORCHESTRATE, data=b"{}", headers=JSON) as answer:
        assert answer.status == 200


async def test_an_upload_without_a_length_is_cut_at_the_limit(served: Served) -> None:
    async def parts():
        for _ in range(30):
            yield b"x" * 65_536

    async with served.post(ORCHESTRATE, data=parts(), headers=JSON) as answer:
        await problem(answer, 413)
    async with served.get("/livez") as answer:
        assert answer.status == 200


async def test_nesting_beyond_the_size_is_refused_by_size(served: Served) -> None:
    async with served.post(ORCHESTRATE, data=b"[" * 100_000, headers=JSON) as answer:
        await problem(answer, 413)


async def test_a_packed_body_counts_unpacked(served: Served) -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    headers = {**JSON, "Content-Encoding": "gzip"}
    async with aiohttp.ClientSession() as session:
        async with session.post(served.url(ORCHESTRATE), data=bomb, headers=headers) as answer:
            await problem(answer, 413)
        async with session.post(served.url(ORCHESTRATE), data=b"no gzip", headers=headers) as answer:
            await problem(answer, 400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"digest": "d-1"}, 422),
        ({"digest": "d-1", "count": -1}, 422),
        ({"digest": "d-1", "count": True}, 422),
        ({"digest": "", "count": 1}, 422),
        ({"digest": 7, "count": 1}, 422),
        ({"digest": "d-1", "count": 1, "force": True}, 400),
    ],
)
async def test_an_acceptance_names_digest_and_count(served: Served, body: object, status: int) -> None:
    async with served.post("/v1/api/kinds/Thing/removals/accept", json=body) as answer:
        await problem(answer, status)
    assert served.facade.calls == []
