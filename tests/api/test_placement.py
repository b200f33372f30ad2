"""Pins, and labels and bounds of shards, over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from orchestrator.core.decisions import Refused
from tests.api.conftest import Served
from tests.api.facade_double import HOSTILE_IDS
from tests.api.problems import problem

PINS = "/v1/api/kinds/Thing/pins"
SHARD = "/v1/api/kinds/Thing/shards/1"


async def test_an_id_is_pinned_listed_and_unpinned(served: Served) -> None:
    served.facade.own("Thing", "t1")
    async with served.request("PUT", f"{PINS}/t1", json={"shard": 2}) as answer:
        done = await answer.json()
    assert done == {"id": "t1", "shard": 2, "state": "waiting", "detail": "it waits"}
    assert served.facade.calls[-1] == ("pin", ("Thing", "t1", 2, "api 127.0.0.1"))
    async with served.get(PINS) as answer:
        assert (await answer.json())["items"] == [done]
    async with served.request("DELETE", f"{PINS}/t1") as answer:
        assert await answer.json() == {"kind": "Thing", "id": "t1"}
    async with served.request("DELETE", f"{PINS}/t1") as answer:
        await problem(answer, 404)


@pytest.mark.parametrize("wanted", [one for one in HOSTILE_IDS if one not in (".", "..")])
async def test_any_id_can_be_pinned(served: Served, wanted: str) -> None:
    served.facade.own("Thing", wanted)
    async with served.request("PUT", f"{PINS}/{quote(wanted, safe='')}", json={"shard": 0}) as answer:
        assert answer.status == 200


async def test_an_id_that_the_catalog_does_not_list_is_not_pinned(served: Served) -> None:
    async with served.request("PUT", f"{PINS}/unknown", json={"shard": 2}) as answer:
        await problem(answer, 404)


@pytest.mark.parametrize("body", [{}, {"shard": -1}, {"shard": "2"}, {"shard": True}])
async def test_a_pin_names_a_shard_by_its_number(served: Served, body: dict[str, object]) -> None:
    served.facade.own("Thing", "t1")
    async with served.request("PUT", f"{PINS}/t1", json=body) as answer:
        await problem(answer, 422)


async def test_a_pin_that_cannot_be_kept_says_why(served: Served) -> None:
    served.facade.own("Thing", "t1")
    served.facade.refusal = Refused(detail="Shard 500 can never be.", reasons=("0 to 99",))
    async with served.request("PUT", f"{PINS}/t1", json={"shard": 500}) as answer:
        found = await problem(answer, 422)
    assert found["detail"] == "Shard 500 can never be."


async def test_labels_and_bounds_of_a_shard_are_set_and_taken_away(served: Served) -> None:
    body = {"labels": {"zone": "a", "rack": None}, "capacity": {"cpu": 500, "count": None}}
    async with served.request("PATCH", SHARD, json=body) as answer:
        done = await answer.json()
    assert (done["labels"], done["bounds"]) == ({"zone": "a"}, {"cpu": 500})
    wanted = ("Thing", 1, body["labels"], body["capacity"], "api 127.0.0.1")
    assert served.facade.calls[-1] == ("set_shard", wanted)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/api/kinds/Thing/shards/77", {}, 404),
        ("/v1/api/kinds/Thing/shards/x", {}, 404),
        ("/v1/api/kinds/Nothing/shards/1", {}, 404),
        (SHARD, {"labels": {"zone": 3}}, 422),
        (SHARD, {"capacity": {"cpu": -1}}, 422),
        (SHARD, {"capacity": {"cpu": 1.5}}, 422),
        (SHARD, {"weights": {}}, 400),
    ],
)
async def test_what_is_no_wish_for_a_shard_is_refused(
    served: Served, path: str, body: dict[str, object], status: int
) -> None:
    async with served.request("PATCH", path, json=body) as answer:
        await problem(answer, status)
