from __future__ import annotations

import pytest

from orchestrator.core.decisions import Reason, Refused
from orchestrator.errors import NotNow
from tests.api.conftest import Served
from tests.api.problems import problem

PLANS = "/v1/api/kinds/Thing/plans"
ASKED = "api 127.0.0.1"


async def test_a_plan_is_computed_from_the_body_of_an_orchestration_and_a_note(served: Served) -> None:
    body = {"maxInstances": 10, "resourcePerInstance": 42, "note": "more room"}
    async with served.post(PLANS, json=body) as answer:
        assert answer.status == 200
        told = await answer.json()
    assert served.facade.calls == [("make", ("Thing", 10, 42, "more room", ASKED))]
    assert (told["plan"], told["planId"], told["stage"], told["note"]) == (7, "p-7", "proposed", "more room")


async def test_a_plan_tells_all_of_itself_but_the_ids(served: Served) -> None:
    async with served.get(f"{PLANS}/7") as answer:
        assert await answer.json() == {
            "kind": "Thing",
            "plan": 7,
            "planId": "p-7",
            "stage": "proposed",
            "madeAt": 1_700_000_000.0,
            "madeBy": ASKED,
            "stageAt": 0.0,
            "stageBy": "",
            "expiresAt": 1_700_003_600.0,
            "note": "more room",
            "undoes": None,
            "count": 250,
            "shards": {"before": 5, "after": 6},
            "moves": 250,
            "new": 3,
            "cost": 250,
            "progress": {"done": 0, "moving": 0, "waiting": 250, "failed": 0, "dropped": 0},
            "sizes": {
                "before": {"maxInstances": 100, "resourcePerInstance": 50},
                "after": {"maxInstances": 100, "resourcePerInstance": 42},
            },
            "movesByPair": [{"from": 0, "to": 5, "count": 250}],
            "created": [5],
            "draining": [],
            "reactivated": [],
            "balance": {
                "before": [{"dimension": "count", "min": 50, "mean": 50.0, "max": 50, "ratio": 1.0}],
                "after": [{"dimension": "count", "min": 41, "mean": 41.667, "max": 42, "ratio": 1.008}],
            },
            "peaks": [
                {"shard": 5, "load": [42], "capacity": [42], "over": False},
                {"shard": 0, "load": [50], "capacity": [42], "over": True},
            ],
            "handOff": {"seconds": 6.0, "each": 2.0, "atOnce": 100, "basis": "measured", "samples": 40},
            "limits": [
                {"code": "move-budget", "sentence": "At most 100 ids move at once: it takes 3 rounds."}
            ],
            "stays": [{"reason": "deleted", "sentence": "Deleted since.", "count": 1, "ids": ["thing-9"]}],
            "remarks": ["Plan 6 was applied after plan 5."],
        }


async def test_the_plans_are_listed_with_the_newest_first(served: Served) -> None:
    async with served.get(PLANS) as answer:
        body = await answer.json()
    assert [one["plan"] for one in body["items"]] == [8, 7]
    assert "movesByPair" not in body["items"][0]


async def test_the_moves_of_a_plan_come_in_pages(served: Served) -> None:
    seen, cursor = [], None
    while True:
        query = "?limit=100" + (f"&cursor={cursor}" if cursor else "")
        async with served.get(f"{PLANS}/7/moves{query}") as answer:
            body = await answer.json()
        seen += body["items"]
        cursor = body["next"]
        if cursor is None:
            break
    assert len(seen) == 250
    assert seen[0] == {"id": "thing-0", "from": 0, "to": 5}
    for query in ("?limit=0", "?limit=5000", "?cursor=x", "?cursor=-1"):
        async with served.get(f"{PLANS}/7/moves{query}") as answer:
            await problem(answer, 422)


@pytest.mark.parametrize("verb", ["apply", "pause", "resume", "cancel"])
async def test_a_plan_is_named_to_be_acted_on(served: Served, verb: str) -> None:
    async with served.post(f"{PLANS}/7/{verb}") as answer:
        assert (await answer.json())["plan"] == 7
    assert served.facade.calls == [(verb, ("Thing", 7, ASKED))]
    async with served.post(f"{PLANS}/7/{verb}", json={"force": True}) as answer:
        await problem(answer, 400)


async def test_undo_answers_the_plan_of_the_way_back(served: Served) -> None:
    async with served.post(f"{PLANS}/7/undo", json={"note": "too slow"}) as answer:
        assert (await answer.json())["plan"] == 8
    assert served.facade.calls == [("undo", ("Thing", 7, "too slow", ASKED))]


async def test_a_plan_is_removed(served: Served) -> None:
    async with served.request("DELETE", f"{PLANS}/7") as answer:
        assert (await answer.json())["plan"] == 7
    assert served.facade.calls == [("discard", ("Thing", 7, ASKED))]


@pytest.mark.parametrize("number", ["9", "0", "07", "-1", "x", "7.0", "1e3", "%20", "99999999999", "%D9%A7"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_plan_that_there_is_not_is_not_found(served: Served, method: str, number: str) -> None:
    async with served.request(method, f"{PLANS}/{number}") as answer:
        await problem(answer, 404)
    async with served.post(f"{PLANS}/{number}/apply") as answer:
        await problem(answer, 404)
    assert served.facade.calls == []


@pytest.mark.parametrize("reason", [Reason.STALE, Reason.EXPIRED, Reason.UNCHANGED, Reason.NO_PLACE, None])
async def test_a_refusal_says_what_has_changed(served: Served, reason: Reason | None) -> None:
    served.facade.refusal = Refused(reason=reason, detail="not now", reasons=("shards were added: 3.",))
    for verb in ("apply", "undo", "pause"):
        async with served.post(f"{PLANS}/7/{verb}") as answer:
            assert (await problem(answer, 409))["reasons"] == ["shards were added: 3."]


@pytest.mark.parametrize(("reason", "status"), [(Reason.PAUSED, 409), (None, 422)])
async def test_sizes_that_cannot_be_are_refused_like_those_of_an_orchestration(
    served: Served, reason: Reason | None, status: int
) -> None:
    served.facade.refusal = Refused(reason=reason, detail="not so", reasons=("why",))
    async with served.post(PLANS) as answer:
        assert (await problem(answer, status))["reasons"] == ["why"]


async def test_an_orchestration_that_must_be_named_answers_the_number_of_its_plan(served: Served) -> None:
    served.facade.refusal = Refused(reason=Reason.BLAST_RADIUS, detail="many would move", plan=12)
    async with served.post("/v1/api/orchestrations/Thing/orchestrate") as answer:
        assert answer.status == 409
        body = await answer.json(content_type=None)
    assert (body["plan"], body["detail"]) == (12, "many would move")


@pytest.mark.parametrize("note", ["x" * 501, 5, [], True])
async def test_a_note_is_short_text(served: Served, note: object) -> None:
    async with served.post(PLANS, json={"note": note}) as answer:
        body = await problem(answer, 422)
    assert "text of at most 500 characters" in body["detail"]


@pytest.mark.parametrize(("verb", "paused"), [("pause", True), ("resume", False)])
async def test_a_kind_is_paused_and_resumed(served: Served, verb: str, paused: bool) -> None:
    async with served.post(f"/v1/api/kinds/Thing/{verb}") as answer:
        assert await answer.json() == {"kind": "Thing", "paused": paused}
    assert served.facade.calls == [("pause-kind", ("Thing", paused, ASKED))]
    served.facade.failing = NotNow("no leader here")
    async with served.post(f"/v1/api/kinds/Thing/{verb}") as answer:
        await problem(answer, 503)
    served.facade.failing = None
    async with served.post(f"/v1/api/kinds/Thong/{verb}") as answer:
        await problem(answer, 404)


async def test_the_moves_of_one_pair_of_shards_can_be_asked_for(served: Served) -> None:
    async with served.get(f"{PLANS}/7/moves?from=0&to=5&limit=2") as answer:
        found = await answer.json()
    assert [move["id"] for move in found["items"]] == ["thing-0", "thing-1"]
    async with served.get(f"{PLANS}/7/moves?from=1&to=5") as answer:
        assert (await answer.json()) == {"items": [], "next": None}
    async with served.get(f"{PLANS}/7/moves?from=1") as answer:
        assert answer.status == 422


async def test_an_override_names_its_plan_and_says_why(served: Served) -> None:
    for body in (
        {"override": "p-8", "reason": "now"},
        {"override": "p-7"},
        {"override": "p-7", "reason": " "},
    ):
        async with served.post(f"{PLANS}/7/apply", json=body) as answer:
            assert answer.status == 422, body
    async with served.post(f"{PLANS}/7/apply", json={"override": "p-7", "reason": "we grow"}) as answer:
        assert answer.status == 200
    assert ("apply-reason", "we grow") in served.facade.calls
