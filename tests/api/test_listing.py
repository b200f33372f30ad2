"""Resources page by page, and a search in all kinds, over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.conftest import Served
from tests.api.facade_double import HOSTILE_IDS
from tests.api.problems import problem

LIST = "/v1/api/kinds/Thing/resources"


def own(served: Served, *ids: str, kind: str = "Thing") -> None:
    for resource_id in ids:
        served.facade.own(kind, resource_id)


async def test_pages_follow_one_another_to_the_end(served: Served) -> None:
    own(served, *(f"t{number}" for number in range(5)))
    seen: list[str] = []
    path = f"{LIST}?limit=2"
    for _ in range(3):
        async with served.get(path) as answer:
            assert answer.status == 200
            page = await answer.json()
        assert page["total"] == 5
        seen += [one["id"] for one in page["items"]]
        path = f"{LIST}?limit=2&cursor={page['next']}"
    assert page["next"] is None
    assert seen == ["t0", "t1", "t2", "t3", "t4"]
    assert page["items"][0] == {"id": "t4", "shard": 3, "to": None, "state": "owned", "since": None}


@pytest.mark.parametrize("first", HOSTILE_IDS)
async def test_a_page_can_end_at_any_id(served: Served, first: str) -> None:
    own(served, first, first + "~")
    async with served.get(f"{LIST}?limit=1&q={quote(first, safe='')}") as answer:
        page = await answer.json()
    assert [one["id"] for one in page["items"]] == [first]
    path = f"{LIST}?limit=1&q={quote(first, safe='')}&cursor={page['next']}"
    async with served.get(path) as answer:
        assert [one["id"] for one in (await answer.json())["items"]] == [first + "~"]


async def test_a_cursor_of_another_list_or_another_filter_is_refused(served: Served) -> None:
    own(served, "t0", "t1")
    async with served.get(f"{LIST}?limit=1") as answer:
        cursor = (await answer.json())["next"]
    for path in (
        f"/v1/api/kinds/Rule/resources?cursor={cursor}",
        f"{LIST}?q=t&cursor={cursor}",
        f"{LIST}?state=owned&cursor={cursor}",
        f"{LIST}?shard=3&cursor={cursor}",
    ):
        async with served.get(path) as answer:
            assert "another list" in (await problem(answer, 422))["detail"]


@pytest.mark.parametrize("cursor", ["", "x", "%00", "é", "!!!!", "AAAAAAAAAAAAAAAA", "A" * 20_000, "W10"])
async def test_what_is_no_cursor_is_refused(served: Served, cursor: str) -> None:
    async with served.get(f"{LIST}?cursor={quote(cursor)}") as answer:
        await problem(answer, 422)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=501", 422),
        ("shard=-1", 422),
        ("state=lost", 422),
        (f"q={'x' * 2049}", 422),
        ("offset=3", 400),
        ("q=a&q=b", 400),
        ("shard=77", 404),
    ],
)
async def test_a_filter_that_is_none_is_refused(served: Served, query: str, status: int) -> None:
    async with served.get(f"{LIST}?{query}") as answer:
        await problem(answer, status)


async def test_a_kind_that_is_not_there_has_no_list(served: Served) -> None:
    async with served.get("/v1/api/kinds/Nothing/resources") as answer:
        await problem(answer, 404)


async def test_a_search_asks_all_kinds_and_the_id_itself_comes_first(served: Served) -> None:
    own(served, "thing-42", "thing-421")
    own(served, "thing-42", kind="Rule")
    async with served.get("/v1/api/search?q=thing-42") as answer:
        found = await answer.json()
    assert [(one["kind"], one["id"]) for one in found["items"]] == [
        ("Rule", "thing-42"),
        ("Thing", "thing-42"),
        ("Thing", "thing-421"),
    ]
    assert found["items"][1] == {"kind": "Thing", "id": "thing-42", "shard": 3, "state": "owned"}
    assert served.facade.calls[-1] == ("search", ("thing-42", ["Rule", "Thing"], 20))


@pytest.mark.parametrize("query", ["", "q="])
async def test_a_search_for_nothing_is_refused(served: Served, query: str) -> None:
    async with served.get(f"/v1/api/search?{query}") as answer:
        await problem(answer, 400)
