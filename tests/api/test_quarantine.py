"""The ids that are set apart, over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from orchestrator.core.decisions import Refused
from tests.api.conftest import Served
from tests.api.facade_double import HOSTILE_IDS, apart
from tests.api.problems import problem

PATH = "/v1/api/kinds/Thing/quarantine"


async def test_who_is_in_quarantine_is_listed_with_the_evidence(served: Served) -> None:
    served.facade.apart["Thing", "t1"] = apart("t1")
    served.facade.apart["Rule", "r1"] = apart("r1")
    async with served.get(PATH) as answer:
        (listed,) = (await answer.json())["items"]
    assert listed == {
        "id": "t1",
        "since": 1_700_000_000.0,
        "until": 1_700_003_600.0,
        "by": "shardwright",
        "evidence": ["iota-dac-3 incarnation 7 ended after 0.2 s: exit code 1"],
        "times": 1,
        "tried": None,
    }
    async with served.get(f"{PATH}/t1") as answer:
        assert await answer.json() == listed
    async with served.get(f"{PATH}/r1") as answer:
        await problem(answer, 404)


async def test_a_person_sets_an_id_apart_and_lifts_it(served: Served) -> None:
    served.facade.own("Thing", "t1")
    async with served.request("PUT", f"{PATH}/t1", json={"seconds": 60, "why": "smells"}) as answer:
        assert answer.status == 200
        assert (await answer.json())["evidence"] == ["smells"]
    assert served.facade.calls[-1] == ("quarantine", ("Thing", "t1", 60, "smells", "api 127.0.0.1"))
    async with served.request("DELETE", f"{PATH}/t1") as answer:
        assert await answer.json() == {"kind": "Thing", "id": "t1"}
    async with served.request("DELETE", f"{PATH}/t1") as answer:
        await problem(answer, 404)


async def test_without_a_body_the_kinds_own_time_holds(served: Served) -> None:
    served.facade.own("Thing", "t1")
    async with served.request("PUT", f"{PATH}/t1") as answer:
        assert answer.status == 200
    assert served.facade.calls[-1][1][2:4] == (None, "")  # type: ignore[index]


@pytest.mark.parametrize("wanted", [one for one in HOSTILE_IDS if one not in (".", "..")])
async def test_any_id_can_be_set_apart(served: Served, wanted: str) -> None:
    served.facade.own("Thing", wanted)
    path = f"{PATH}/{quote(wanted, safe='')}"
    async with served.request("PUT", path, json={}) as answer:
        assert (await answer.json())["id"] == wanted
    async with served.request("DELETE", path) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"seconds": 0}, 422),
        ({"seconds": -1}, 422),
        ({"seconds": "60"}, 422),
        ({"seconds": True}, 422),
        ({"seconds": 10**9}, 422),
        ({"why": "x" * 201}, 422),
        ({"until": 5}, 400),
        ([], 400),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(served: Served, body: object, status: int) -> None:
    served.facade.own("Thing", "t1")
    async with served.request("PUT", f"{PATH}/t1", json=body) as answer:
        await problem(answer, status)
    assert served.facade.apart == {}


async def test_an_id_that_nobody_lists_and_a_full_quarantine_are_told_apart(served: Served) -> None:
    async with served.request("PUT", f"{PATH}/nobody", json={}) as answer:
        await problem(answer, 404)
    served.facade.own("Thing", "t1")
    served.facade.refusal = Refused(detail="100 resources are in quarantine, at most 100 are allowed.")
    async with served.request("PUT", f"{PATH}/t1", json={}) as answer:
        await problem(answer, 409)
    async with served.get("/v1/api/kinds/Nothing/quarantine") as answer:
        await problem(answer, 404)
