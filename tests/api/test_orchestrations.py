from __future__ import annotations

from urllib.parse import quote

import pytest

from orchestrator.core.decisions import Reason, Refused
from orchestrator.errors import NotNow
from tests.api.conftest import Served
from tests.api.facade_double import HELD, HOSTILE_IDS, FacadeDouble, kind, unowned
from tests.api.problems import problem

ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
ALIAS = "/v1/api/orchestrations/Thing/orchestrations"


@pytest.mark.parametrize("path", [ORCHESTRATE, ALIAS])
async def test_orchestrating_without_a_body_keeps_the_values_in_force(served: Served, path: str) -> None:
    async with served.post(path, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"
    assert served.facade.calls[-1] == ("orchestrate", ("Thing", None, None, False, "api 127.0.0.1"))


async def test_an_orchestration_answers_every_field_of_its_summary(served: Served) -> None:
    served.facade.moves = 40
    served.facade.world["Thing"] = kind(held=HELD)
    async with served.post(ORCHESTRATE, json={"maxInstances": 10, "resourcePerInstance": 40}) as answer:
        assert await answer.json() == {
            "planId": "p-1",
            "dryRun": False,
            "changed": True,
            "resource": "Thing",
            "count": 200,
            "maxInstances": 10,
            "resourcePerInstance": 40,
            "shards": {"before": 5, "after": 6},
            "moves": 40,
            "movesByPair": [{"from": 0, "to": 5, "count": 32}, {"from": 1, "to": 5, "count": 8}],
            "created": [5],
            "draining": [],
            "held": 0,
            "placed": 0,
            "load": {"before": [40, 40], "after": [33, 34]},
            "reason": "orchestrated",
        }


async def test_a_dry_run_says_so_to_the_engine(served: Served) -> None:
    async with served.post(f"{ORCHESTRATE}?dryRun=true", json={"maxInstances": None}) as answer:
        assert (await answer.json())["dryRun"] is True
    assert served.facade.calls[-1] == ("orchestrate", ("Thing", None, None, True, "api 127.0.0.1"))


async def test_a_misspelt_dry_run_is_refused_and_not_carried_out(served: Served) -> None:
    async with served.post(f"{ORCHESTRATE}?dryrun=true") as answer:
        body = await problem(answer, 400)
    assert "did you mean dryRun?" in body["detail"]
    async with served.post(f"{ORCHESTRATE}?dryRun=yes") as answer:
        await problem(answer, 422)
    async with served.post(f"{ORCHESTRATE}?dryRun=true&dryRun=false") as answer:
        await problem(answer, 400)
    assert served.facade.calls == []


async def test_an_unknown_field_is_refused_with_the_one_that_was_meant(served: Served) -> None:
    async with served.post(ORCHESTRATE, json={"maxInstance": 10}) as answer:
        body = await problem(answer, 400)
    assert "'maxInstance'" in body["detail"]
    assert "did you mean maxInstances?" in body["detail"]
    assert "allowed: maxInstances, resourcePerInstance" in body["detail"]
    assert served.facade.calls == []


@pytest.mark.parametrize("value", [True, 4.5, -0.5, "10", [], {}, 1e300])
@pytest.mark.parametrize("name", ["maxInstances", "resourcePerInstance"])
async def test_a_value_that_is_no_whole_number_is_refused_with_its_range(
    served: Served, name: str, value: object
) -> None:
    async with served.post(ORCHESTRATE, json={name: value}) as answer:
        body = await problem(answer, 422)
    assert body["detail"].startswith(f"{name} is ")
    assert "a whole number from" in body["detail"]
    assert served.facade.calls == []


@pytest.mark.parametrize("value", [2, 101, 0, -1, 10**60])
async def test_a_value_out_of_range_is_refused_as_the_engine_says(served: Served, value: int) -> None:
    async with served.post(ORCHESTRATE, json={"maxInstances": value}) as answer:
        body = await problem(answer, 422)
    assert "from 3 to 100" in body["reasons"][0]


async def test_a_paused_kind_answers_conflict(served: Served) -> None:
    served.facade.refusal = Refused(reason=Reason.PAUSED, detail="Thing is paused", reasons=("resume it",))
    async with served.post(ORCHESTRATE) as answer:
        body = await problem(answer, 409)
    assert body["reasons"] == ["resume it"]


async def test_no_leader_answers_not_now_with_a_time_to_retry(served: Served) -> None:
    served.facade.failing = NotNow("no leader here")
    async with served.post(ORCHESTRATE) as answer:
        body = await problem(answer, 503)
        assert answer.headers["Retry-After"] == "1"
    assert body["detail"] == "no leader here"


async def test_an_unknown_kind_is_answered_with_the_known_ones(served: Served) -> None:
    async with served.post("/v1/api/orchestrations/Thong/orchestrate") as answer:
        body = await problem(answer, 404)
    assert "Thing, Rule" in body["detail"]


async def test_a_kind_is_shown_in_the_seeds_words(served: Served) -> None:
    async with served.get("/v1/api/orchestrations/Thing") as answer:
        assert answer.status == 200
        body = await answer.json()
    assert [one["id"] for one in body["instances"]] == [0, 1, 2, 3, 4]
    assert body["instances"][0] == {
        "id": 0,
        "name": "iota-dac-0",
        "used": 40,
        "count": 50,
        "times": 12,
        "state": "active",
        "incarnation": 1,
        "releasing": 0,
    }
    del body["instances"]
    assert body == {
        "resource": "Thing",
        "count": 200,
        "maxInstances": 100,
        "resourcePerInstance": 50,
        "initInstances": 3,
        "orchestrating": False,
    }


@pytest.mark.parametrize("wanted", HOSTILE_IDS)
async def test_any_id_finds_its_instance(served: Served, wanted: str) -> None:
    served.facade.own("Thing", wanted)
    encoded = quote(wanted, safe="").replace(".", "%2E")
    async with served.get(f"/v1/api/orchestrations/Thing/{encoded}/instances") as answer:
        assert await answer.json() == {
            "runIn": "iota-dac-3",
            "shard": 3,
            "incarnation": 4,
            "state": "owned",
            "since": None,
        }
    async with served.get(f"/v1/api/kinds/Thing/resources/{encoded}") as answer:
        assert (await answer.json())["id"] == wanted
    async with served.get(f"/v1/api/resources?id={encoded}") as answer:
        assert [one["id"] for one in (await answer.json())["items"]] == [wanted]


async def test_an_id_that_nobody_knows_is_found_in_no_kind(served: Served) -> None:
    for query in ("id=nobody", f"id={'x' * 5000}"):
        async with served.get(f"/v1/api/resources?{query}") as answer:
            assert await answer.json() == {"items": [], "next": None}
    for query in ("", "?id="):
        async with served.get(f"/v1/api/resources{query}") as answer:
            await problem(answer, 400)


async def test_the_lookup_of_an_owned_id_needs_no_history(served: Served) -> None:
    served.facade.own("Thing", "t-1")
    async with served.get("/v1/api/orchestrations/Thing/t-1/instances"):
        assert served.facade.calls == []
    async with served.get("/v1/api/orchestrations/Thing/t-1/instances?why=true") as answer:
        body = await answer.json()
    assert body["since"] == 1_700_000_000.0
    assert body["reason"] == "created"


async def test_an_unowned_id_runs_nowhere_for_a_reason(served: Served) -> None:
    served.facade.resources["Thing", "t-2"] = unowned("Thing", "t-2")
    async with served.get("/v1/api/orchestrations/Thing/t-2/instances") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "runIn": None,
            "shard": None,
            "incarnation": None,
            "state": "unowned",
            "since": None,
            "reason": "no-room",
        }


async def test_an_id_outside_the_catalog_is_not_found(served: Served) -> None:
    served.facade.resources["Thing", "gone"] = unowned("Thing", "gone", in_catalog=False)
    for wanted in ("nobody", "gone"):
        async with served.get(f"/v1/api/orchestrations/Thing/{wanted}/instances") as answer:
            await problem(answer, 404)


@pytest.mark.parametrize("length", [2049, 10_000])
async def test_an_id_longer_than_any_is_not_found(served: Served, length: int) -> None:
    async with served.get(f"/v1/api/orchestrations/Thing/{'x' * length}/instances") as answer:
        body = await problem(answer, 404)
    assert f"{length:,}" in body["detail"]


async def test_the_longest_id_fits_into_a_request_line(served: Served, facade: FacadeDouble) -> None:
    wanted = "🧵" * 2048
    facade.own("Thing", wanted)
    async with served.get(f"/v1/api/orchestrations/Thing/{quote(wanted)}/instances") as answer:
        assert answer.status == 200
