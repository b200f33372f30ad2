from __future__ import annotations

import pytest

from orchestrator.core.decisions import Refused
from orchestrator.errors import NotNow
from tests.api.conftest import Served
from tests.api.facade_double import HELD, UNPLACED, Counts, kind, line
from tests.api.problems import problem


async def test_kinds_are_listed_without_their_shards(served: Served) -> None:
    async with served.get("/v1/api/kinds") as answer:
        body = await answer.json()
    assert [one["kind"] for one in body["items"]] == ["Thing", "Rule"]
    assert "shards" not in body["items"][0]


async def test_a_kind_is_shown_with_shards_counts_and_unplaced_ids(served: Served) -> None:
    served.facade.world["Thing"] = kind(unplaced=(UNPLACED,), held=HELD)
    async with served.get("/v1/api/kinds/Thing") as answer:
        body = await answer.json()
    assert body["unplaced"] == [{"id": "lost-1", "reason": "no-room", "detail": "every shard is full"}]
    assert body["held"]["digest"] == "d-1"
    assert body["shards"][4]["beatAge"] == 1.2
    assert body["counts"]["catalog"] == 200


@pytest.mark.parametrize(
    ("counts", "audited_age", "verdict"),
    [
        ({}, 3.0, "yes"),
        ({}, None, "unknown"),
        ({}, 601.0, "unknown"),
        ({"catalog": None}, 3.0, "unknown"),
        ({"arriving": 1}, 3.0, "moving"),
        ({"moving": 2}, 3.0, "moving"),
        ({"unowned": 1}, 3.0, "no"),
        ({"unowned": 1}, None, "no"),
    ],
)
async def test_a_kind_is_well_only_when_a_young_audit_proves_it(
    served: Served, counts: dict[str, int], audited_age: float | None, verdict: str
) -> None:
    standing = {"catalog": 200, "owned": 200, "arriving": 0, "moving": 0, "held": 0, "unowned": 0} | counts
    served.facade.world["Thing"] = kind(counts=Counts(**standing), audited_age=audited_age)
    async with served.get("/v1/api/kinds/Thing") as answer:
        assert (await answer.json())["verdict"] == verdict


async def test_shards_come_in_order_of_their_number(served: Served) -> None:
    async with served.get("/v1/api/kinds/Thing/shards") as answer:
        assert [one["number"] for one in (await answer.json())["items"]] == [0, 1, 2, 3, 4]


async def test_instances_are_those_of_all_kinds_or_of_one(served: Served) -> None:
    async with served.get("/v1/api/instances") as answer:
        assert len((await answer.json())["items"]) == 7
    async with served.get("/v1/api/instances?kind=Rule") as answer:
        assert {one["kind"] for one in (await answer.json())["items"]} == {"Rule"}


async def test_logs_are_the_last_lines(served: Served) -> None:
    async with served.get("/v1/api/instances/Thing/2/logs?lines=3") as answer:
        wrote = await answer.json()
    assert wrote["items"] == ["line 0", "line 1", "line 2"]


async def test_a_resync_is_answered_when_it_is_done(served: Served) -> None:
    async with served.post("/v1/api/kinds/Thing/resync") as answer:
        assert await answer.json() == {"kind": "Thing", "resynced": True}
    assert served.facade.calls == [("resync", ("Thing", "api 127.0.0.1"))]
    async with served.post("/v1/api/kinds/Thing/resync?dryrun=true") as answer:
        await problem(answer, 400)


async def test_removals_that_wait_are_shown_and_accepted_by_their_digest(served: Served) -> None:
    async with served.get("/v1/api/kinds/Thing/removals") as answer:
        assert await answer.json() == {"held": None}
    served.facade.world["Thing"] = kind(held=HELD)
    async with served.get("/v1/api/kinds/Thing/removals") as answer:
        held = (await answer.json())["held"]
    asked = {"digest": held["digest"], "count": held["count"]}
    async with served.post("/v1/api/kinds/Thing/removals/accept", json=asked) as answer:
        assert await answer.json() == {"released": 12}


async def test_a_set_of_removals_that_has_changed_is_not_let_go(served: Served) -> None:
    served.facade.world["Thing"] = kind(held=HELD)
    asked = {"digest": "d-1", "count": 11}
    async with served.post("/v1/api/kinds/Thing/removals/accept", json=asked) as answer:
        assert (await problem(answer, 409))["detail"] == "the set has changed"


async def test_a_place_is_accepted_by_its_name(served: Served) -> None:
    served.facade.world["Thing"] = kind(place="namespace iot (uid-1)")
    path = "/v1/api/kinds/Thing/place/accept"
    async with served.post(path, json={"insteadOf": "namespace iot (uid-0)"}) as answer:
        assert await answer.json() == {"kind": "Thing", "place": "namespace iot (uid-1)"}
    assert served.facade.calls[-1] == ("place", ("Thing", "namespace iot (uid-0)", "api 127.0.0.1"))
    served.facade.refusal = Refused(detail="it runs there", reasons=("end it",))
    async with served.post(path, json={"insteadOf": "x"}) as answer:
        assert (await problem(answer, 409))["reasons"] == ["end it"]
    async with served.post(path, json={}) as answer:
        await problem(answer, 422)


async def test_a_lost_instance_is_given_up_by_its_uid(served: Served) -> None:
    path = "/v1/api/instances/Thing/3/fence"
    async with served.post(path, json={"uid": "u-1"}) as answer:
        assert await answer.json() == {"kind": "Thing", "shard": 3, "uid": "u-1"}
    assert served.facade.calls[-1] == ("fence", ("Thing", 3, "u-1", "api 127.0.0.1"))
    served.facade.refusal = Refused(detail="it still answers")
    async with served.post(path, json={"uid": "u-1"}) as answer:
        assert (await problem(answer, 409))["detail"] == "it still answers"
    served.facade.failing = NotNow("not the leader")
    async with served.post(path, json={"uid": "u-1"}) as answer:
        await problem(answer, 503)
    async with served.post(path, json={}) as answer:
        await problem(answer, 422)


async def test_events_come_newest_first_and_in_pages(served: Served) -> None:
    async with served.get("/v1/api/events?limit=3") as answer:
        first = await answer.json()
    assert [one["sequence"] for one in first["items"]] == [7, 6, 5]
    assert first["next"] == 5
    async with served.get(f"/v1/api/events?limit=10&before={first['next']}") as answer:
        rest = await answer.json()
    assert [one["sequence"] for one in rest["items"]] == [4, 3, 2, 1]
    assert rest["next"] is None


async def test_events_are_filtered_by_what_they_name(served: Served) -> None:
    served.facade.lines.append(line(8, kind="Rule", verb="release", shard=1, ids=("a/b",)))
    for query in ("kind=Rule", "verb=release", "id=a%2Fb", "shard=1&verb=release"):
        async with served.get(f"/v1/api/events?{query}") as answer:
            assert [one["sequence"] for one in (await answer.json())["items"]] == [8]


async def test_an_id_that_no_encoding_knows_does_not_break_the_answer(served: Served) -> None:
    served.facade.lines.append(line(8, ids=("lone \ud800",), detail="\udfff"))
    async with served.get("/v1/api/events?limit=1") as answer:
        assert (await answer.json())["items"][0]["ids"] == ["lone ?"]


async def test_the_overview_has_dependencies_kinds_and_counters(served: Served) -> None:
    async with served.get("/v1/api/overview") as answer:
        body = await answer.json()
    assert body["holder"] == "orch-0"
    assert body["dependencies"][0]["name"] == "store"
    assert [one["verdict"] for one in body["kinds"]] == ["yes", "yes"]
    assert body["counters"]["transactions"] == 5


async def test_messages_that_were_none_can_be_inspected(served: Served) -> None:
    async with served.get("/v1/api/notifications/malformed") as answer:
        body = await answer.json()
    assert body == {"items": [{"detail": "not JSON", "head": "\\xff{<script>"}], "next": None}


async def test_heartbeats_that_were_none_can_be_inspected(served: Served) -> None:
    async with served.get("/v1/api/heartbeats/malformed") as answer:
        assert await answer.json() == {"items": ["partition 0, offset 7: not JSON"], "next": None}


async def test_what_a_person_should_look_at_is_a_metric(served: Served) -> None:
    served.facade.world["Thing"] = kind(alarms=("one", "two"))
    async with served.get("/metrics") as answer:
        text = await answer.text()
    assert 'shardwright_alarms{kind="Thing"} 2.0' in text
    assert 'shardwright_alarms{kind="Rule"} 0.0' in text
