"""The short way of the lookup answers as the long way does, which an escape in the path forces."""

from __future__ import annotations

import pytest

from api.shapes.orchestration import RunInShape
from tests.api.conftest import Serve, Served
from tests.api.facade_double import FacadeDouble
from tests.api.problems import problem

SHORT = "/v1/api/orchestrations/Thing/t-1/instances"
LONG = "/v1/api/orchestrations/Thing/t%2D1/instances"
OTHER = "https://console.example.org"


@pytest.fixture(autouse=True)
def _owned(facade: FacadeDouble) -> None:
    facade.own("Thing", "t-1")


@pytest.mark.parametrize(
    "headers", [{}, {"X-Request-Id": "mine-7"}, {"Origin": OTHER}, {"Origin": "https://evil.example"}]
)
async def test_both_ways_answer_the_same(serve: Serve, headers: dict[str, str]) -> None:
    served = await serve(allowed_origins=frozenset({OTHER}))
    answers = []
    for path in (SHORT, LONG):
        async with served.get(path, headers=headers) as answer:
            told = {name.lower(): value for name, value in answer.headers.items()}
            del told["date"]
            assert told.pop("x-request-id") == headers.get("X-Request-Id", f"r-{len(answers) + 1}")
            answers.append((answer.status, told, await answer.read()))
    assert answers[0] == answers[1]
    RunInShape.model_validate_json(answers[0][2])


async def test_both_ways_number_their_requests_together(served: Served) -> None:
    given = []
    for path in (SHORT, LONG, SHORT):
        async with served.get(path) as answer:
            given.append(answer.headers["X-Request-Id"])
    assert given == ["r-1", "r-2", "r-3"]


async def test_no_answer_leaks_into_the_next(served: Served) -> None:
    async with served.get(SHORT, headers={"X-Request-Id": "mine-7", "Connection": "close"}) as answer:
        assert answer.headers["Connection"] == "close"
    async with served.get(SHORT) as answer:
        assert answer.headers.getall("X-Request-Id") == ["r-1"]
        assert answer.headers.getall("Content-Length") == [str(len(await answer.read()))]
        assert "Connection" not in answer.headers


async def test_a_foreign_name_of_the_server_finds_no_short_way(serve: Serve) -> None:
    served = await serve(hosts=frozenset({"localhost:8080"}))
    async with served.get(SHORT, headers={"Host": "rebound.evil:8080"}) as answer:
        await problem(answer, 421)
    async with served.get(SHORT, headers={"Host": "LOCALHOST:8080"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", [SHORT, LONG])
async def test_only_get_and_head_find_an_owner(served: Served, path: str) -> None:
    async with served.request("HEAD", path) as answer:
        assert answer.status == 200
        assert await answer.read() == b""
    async with served.post(path) as answer:
        await problem(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD"
    async with served.get(f"{path}?wy=true") as answer:
        await problem(answer, 400)


async def test_a_bug_under_the_short_way_is_reported_as_any(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: str, wanted: str) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(served.facade, "owner", broken)
    async with served.get(SHORT, headers={"X-Request-Id": "mine-7"}) as answer:
        assert "mine-7" in (await problem(answer, 500))["detail"]
        assert answer.headers["X-Request-Id"] == "mine-7"
