"""Coverage and explanations over REST, and in the metrics."""

from __future__ import annotations

from urllib.parse import quote

from orchestrator.errors import NotNow
from tests.api.conftest import Serve, Served
from tests.api.facade_double import HOSTILE_IDS, owned


async def test_coverage_says_who_is_served_by_nobody_and_for_how_long(served: Served) -> None:
    async with served.get("/v1/api/kinds/Thing/coverage") as answer:
        assert answer.status == 200
        found = await answer.json()
    assert (found["unowned"], found["unknown"], found["doubleOwned"]) == (41, 2, 1)
    assert (found["unownedSeconds"], found["unknownSeconds"], found["doubleOwnedSeconds"]) == (
        410.5,
        2.0,
        0.5,
    )
    assert found["worst"][0] == {
        "id": "",
        "shard": 3,
        "count": 40,
        "state": "unowned",
        "forS": 10.0,
        "totalS": 10.0,
        "why": "it is silent",
    }
    assert found["latency"]["stages"][0]["buckets"] == [[0.1, 2], [1.0, 3], [None, 3]]
    assert served.facade.calls[-1] == ("coverage", ("Thing", 10))


async def test_the_number_of_the_worst_is_bounded(served: Served) -> None:
    async with served.get("/v1/api/kinds/Thing/coverage?worst=0") as answer:
        assert (await answer.json())["worst"] == []
    for wrong in ("101", "-1", "many"):
        async with served.get(f"/v1/api/kinds/Thing/coverage?worst={wrong}") as answer:
            assert answer.status == 422
            assert "allowed: a whole number from 0 to 100" in (await answer.json())["detail"]


async def test_an_unknown_kind_has_no_coverage(served: Served) -> None:
    async with served.get("/v1/api/kinds/Nothing/coverage") as answer:
        assert answer.status == 404


async def test_where_nobody_leads_coverage_is_not_known(served: Served) -> None:
    served.facade.failing = NotNow("nobody leads")
    async with served.get("/v1/api/kinds/Thing/coverage") as answer:
        assert answer.status == 503


async def test_an_explanation_lists_every_shard_and_what_a_move_waits_for(served: Served) -> None:
    for wanted in HOSTILE_IDS:
        served.facade.resources["Thing", wanted] = owned("Thing", wanted)
    for wanted in HOSTILE_IDS:
        if wanted in (".", ".."):
            continue
        async with served.get(f"/v1/api/kinds/Thing/resources/{quote(wanted, safe='')}/explain") as answer:
            assert answer.status == 200, wanted
            found = await answer.json()
        assert found["resource"]["id"] == wanted
        assert [(one["shard"], one["role"], one["code"]) for one in found["shards"]] == [
            (3, "owner", ""),
            (1, "other", "no-room"),
        ]
        assert found["waits"][0]["code"] == "budget"
        assert found["weights"] == [
            {"name": "memory", "value": 512, "reported": False},
            {"name": "cpu", "value": 1200, "reported": True},
        ]
        assert found["history"][0]["sequence"] == 7


async def test_what_nobody_knows_is_not_explained(served: Served) -> None:
    async with served.get("/v1/api/kinds/Thing/resources/never/explain") as answer:
        assert answer.status == 404


async def test_metrics_count_by_kind_and_stage_and_name_no_resource(served: Served) -> None:
    async with served.get("/metrics") as answer:
        text = await answer.text()
    for line in (
        'shardwright_coverage_ids{kind="Thing",state="unowned"} 41.0',
        'shardwright_double_owned_seconds_total{kind="Thing"} 0.5',
        'shardwright_event_stage_seconds_bucket{kind="Thing",le="0.1",stage="stamp-to-owned"} 2.0',
        'shardwright_event_stage_seconds_bucket{kind="Thing",le="+Inf",stage="stamp-to-owned"} 3.0',
        'shardwright_event_stage_seconds_sum{kind="Thing",stage="receipt-to-owned"} 0.3',
        'shardwright_event_to_owned_seconds_bucket{kind="Thing",le="+Inf"}',
        'shardwright_messages_counted_total{event="duplicates",kind="Thing"} 4.0',
        'shardwright_messages_numbered_total{event="missed"} 2.0',
    ):
        assert line in text
    assert "a/b" not in text


async def test_metrics_of_a_server_that_does_not_lead_have_no_coverage(serve: Serve) -> None:
    served = await serve()
    served.facade.coverage = _nobody_leads  # type: ignore[method-assign]
    async with served.get("/metrics") as answer:
        text = await answer.text()
    assert "shardwright_coverage_ids{" not in text
    assert "shardwright_alarms" in text


def _nobody_leads(kind: str, *, shown: int = 10) -> None:
    raise NotNow("nobody leads")
