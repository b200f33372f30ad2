"""One shard in full, over HTTP."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Reason, Refused
from tests.api.conftest import Served
from tests.api.problems import problem

SHARD = "/v1/api/kinds/Thing/shards/3"


async def test_a_shard_says_what_is_on_its_way_from_it_and_to_it(served: Served) -> None:
    async with served.get(SHARD) as answer:
        assert answer.status == 200
        assert answer.headers["ETag"]
        found = await answer.json()
    assert (found["number"], found["used"], found["health"]) == (3, 40, "ok")
    assert found["movesOut"] == [{"to": 4, "count": 9}, {"to": None, "count": 1}]
    assert found["movesIn"] == [{"from": 1, "count": 5}]
    assert found["oldestWait"] == 1.5


async def test_the_moves_of_a_kind_are_told_by_pair(served: Served) -> None:
    async with served.get("/v1/api/kinds/Thing/moves") as answer:
        assert await answer.json() == {
            "inFlight": 8,
            "budget": 100,
            "items": [
                {"from": 3, "to": 4, "releasing": 7, "acquiring": 2},
                {"from": 1, "to": 3, "releasing": 0, "acquiring": 5},
            ],
            "slowestAck": 1.5,
        }


async def test_an_instance_is_told_from_beginning_to_end(served: Served) -> None:
    async with served.get(f"{SHARD}/instance") as answer:
        found = await answer.json()
    assert (found["name"], found["incarnation"], found["node"]) == ("iota-dac-3", 4, "node-1")
    assert found["beats"] == [{"at": 100.0, "gap": None}, {"at": 105.0, "gap": 5.0}]
    assert [one["stage"] for one in found["lane"]] == ["created", "running", "firstBeat", "serving"]
    assert found["canDrain"] == {"ok": True, "reason": "", "ids": 40, "toShards": 4, "each": 10}
    assert found["previous"][0]["reason"] == "silent"


@pytest.mark.parametrize("path", ["shards/9", "shards/9/instance", "shards/x", "shards/-1/instance"])
async def test_a_shard_that_is_not_there_is_not_found(served: Served, path: str) -> None:
    async with served.get(f"/v1/api/kinds/Thing/{path}") as answer:
        await problem(answer, 404)


@pytest.mark.parametrize("verb", ["drain", "undrain"])
async def test_a_shard_is_drained_and_undrained_by_name(served: Served, verb: str) -> None:
    async with served.post(f"{SHARD}/{verb}?dryRun=true") as answer:
        assert (await answer.json())["dryRun"] is True
    async with served.post(f"{SHARD}/{verb}") as answer:
        done = await answer.json()
    assert (done["kind"], done["shard"], done["ids"], done["dryRun"]) == ("Thing", 3, 40, False)
    assert served.facade.calls[-2:] == [
        (verb, ("Thing", 3, "api 127.0.0.1", True)),
        (verb, ("Thing", 3, "api 127.0.0.1", False)),
    ]
    async with served.post(f"/v1/api/kinds/Thing/shards/9/{verb}") as answer:
        await problem(answer, 404)
    async with served.post(f"{SHARD}/{verb}", json={"force": True}) as answer:
        await problem(answer, 400)


async def test_a_drain_that_has_no_room_is_refused_with_numbers(served: Served) -> None:
    served.facade.refusal = Refused(reason=Reason.NO_ROOM, detail="room elsewhere for 2,667 of 4,967")
    async with served.post(f"{SHARD}/drain") as answer:
        assert "2,667 of 4,967" in (await problem(answer, 409))["detail"]
