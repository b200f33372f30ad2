from __future__ import annotations

import json

import pytest

from orchestrator.core.policy import OnCoordinatorLoss
from orchestrator.engine.answers import Turned
from orchestrator.errors import NotNow
from orchestrator.ports import Beat
from tests.api.conftest import Serve, Served
from tests.api.facade_double import whole_assignment
from tests.api.problems import problem

SYNC = "/v1/worker/Thing/3/sync"
TOKEN = {"Authorization": "Bearer token-Thing-3-5"}
BEAT = {"incarnation": 5, "generation": -1, "pending": [], "more": False, "load": {"held": 0}}


async def test_a_beat_is_answered_by_the_whole_assignment(serve: Serve) -> None:
    served = await serve()
    beat = BEAT | {"pending": ["a", "b/🧵"], "more": True, "extra": "is ignored"}
    async with served.post(SYNC, json=beat, headers=TOKEN) as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "generation": 4,
            "commit": 9,
            "lease": 15.0,
            "interval": 5.0,
            "onLoss": "serve",
            "awayLimit": 60.0,
            "whole": True,
            "ids": ["a", "b"],
        }
    name, heard = served.facade.calls[-1]
    assert name == "exchange"
    assert isinstance(heard, Beat)
    assert heard.received > 0
    assert (heard.kind, heard.shard, heard.incarnation, heard.generation) == ("Thing", 3, 5, -1)
    assert heard.pending == frozenset({"a", "b/🧵"})
    assert heard.more
    assert heard.load == {"held": 0}


async def test_a_beat_is_answered_by_the_difference(served: Served) -> None:
    served.facade.exchange_answer = whole_assignment(
        whole=False,
        ids=(),
        base=3,
        add=("c",),
        remove=("a",),
        on_loss=OnCoordinatorLoss.STOP,
        away_limit=None,
    )
    async with served.post(SYNC, json=BEAT, headers=TOKEN) as answer:
        body = await answer.json()
    assert (body["base"], body["add"], body["remove"]) == (3, ["c"], ["a"])
    assert "ids" not in body
    assert body["onLoss"] == "stop"
    assert body["awayLimit"] is None


@pytest.mark.parametrize("status", [409, 410, 503])
async def test_a_worker_that_is_turned_away_is_told_why(served: Served, status: int) -> None:
    served.facade.exchange_answer = Turned(status=status, detail="over")
    async with served.post(SYNC, json=BEAT, headers=TOKEN) as answer:
        assert (await problem(answer, status))["detail"] == "over"
        assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)


async def test_a_worker_is_not_answered_by_a_server_that_cannot_decide(served: Served) -> None:
    served.facade.failing = NotNow("not the leader")
    async with served.post(SYNC, json=BEAT, headers=TOKEN) as answer:
        await problem(answer, 503)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dG9rZW4=",
        "Bearer token-Thing-3-4",
        "Bearer t\u00f6ken",
        "Bearer x y",
    ],
)
async def test_a_token_that_does_not_fit_is_refused(served: Served, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with served.post(SYNC, json=BEAT, headers=headers) as answer:
        await problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert served.facade.calls == []


async def test_a_token_is_good_for_its_own_shard_only(served: Served) -> None:
    async with served.post("/v1/worker/Thing/2/sync", json=BEAT, headers=TOKEN) as answer:
        await problem(answer, 401)
    async with served.post("/v1/worker/Thing/x/sync", json=BEAT, headers=TOKEN) as answer:
        await problem(answer, 404)
    async with served.post("/v1/worker/None/3/sync", json=BEAT, headers=TOKEN) as answer:
        await problem(answer, 404)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"incarnation": -1}, "incarnation is -1"),
        ({"incarnation": True}, "incarnation is True"),
        ({"incarnation": 5.5}, "incarnation is 5.5"),
        ({"incarnation": "5"}, "incarnation is '5'"),
        ({"incarnation": 10**30}, "incarnation is 1000"),
        ({"generation": -2}, "generation is -2"),
        ({"generation": None}, "generation is None"),
        ({"pending": None}, "pending is not"),
        ({"pending": "abc"}, "pending is not"),
        ({"pending": [1]}, "pending is not"),
        ({"pending": [""]}, "pending is not"),
        ({"pending": ["x" * 513]}, "pending is not"),
        ({"pending": ["设" * 171]}, "pending is not"),
        ({"pending": ["\ud800"]}, "pending is not"),
        ({"pending": [str(number) for number in range(101)]}, "pending is not"),
        ({"more": 1}, "more is 1"),
        ({"load": []}, "load is not"),
        ({"load": {"x" * 65: 1}}, "load is not"),
        ({"load": {str(number): 1 for number in range(33)}}, "load is not"),
    ],
)
async def test_a_fault_in_a_beat_is_named(served: Served, changed: dict[str, object], said: str) -> None:
    body = json.dumps(BEAT | changed)
    headers = TOKEN | {"Content-Type": "application/json"}
    async with served.post(SYNC, data=body, headers=headers) as answer:
        assert (await problem(answer, 400))["detail"].startswith(said)
    assert served.facade.calls == []


@pytest.mark.parametrize("value", ["-1", "true", '"much"', "null", "1e300", "[1]"])
async def test_a_load_that_cannot_be_true_costs_nobody_his_beat(served: Served, value: str) -> None:
    body = json.dumps(BEAT | {"load": {"held": 3, "cpu": 0}}).replace('"cpu": 0', f'"cpu": {value}')
    async with served.post(SYNC, data=body, headers=TOKEN | {"Content-Type": "application/json"}) as answer:
        assert answer.status == 200
    ((_, heard),) = served.facade.calls
    assert isinstance(heard, Beat)
    assert (heard.load, heard.impossible) == ({"held": 3}, 1)


@pytest.mark.parametrize("value", ["-1", "true", '"much"', "null", "1e300", "[1]", "{}"])
async def test_a_weight_that_cannot_be_one_costs_nobody_his_beat(served: Served, value: str) -> None:
    said = {"t-1": {"cpu": 0, "rate": 3.5}, "": {"cpu": 1}, "t-2": 7}
    body = json.dumps(BEAT | {"weights": said}).replace('"cpu": 0', f'"cpu": {value}')
    async with served.post(SYNC, data=body, headers=TOKEN | {"Content-Type": "application/json"}) as answer:
        assert answer.status == 200
    ((_, heard),) = served.facade.calls
    assert isinstance(heard, Beat)
    assert (heard.weights, heard.unweighable) == ({"t-1": {"rate": 4}}, 3)


@pytest.mark.parametrize("weights", [[], "much", 7, None, {}])
async def test_weights_that_are_none_cost_nobody_his_beat(served: Served, weights: object) -> None:
    async with served.post(SYNC, json=BEAT | {"weights": weights}, headers=TOKEN) as answer:
        assert answer.status == 200
    ((_, heard),) = served.facade.calls
    assert isinstance(heard, Beat)
    assert (heard.weights, heard.unweighable) == ({}, 0 if weights in (None, {}) else 1)


async def test_a_kind_that_wants_weights_asks_for_them(served: Served) -> None:
    served.facade.exchange_answer = whole_assignment(weigh=("cpu", "rate"), term=7)
    async with served.post(SYNC, json=BEAT, headers=TOKEN) as answer:
        assert (await answer.json())["weigh"] == {"dimensions": ["cpu", "rate"], "term": 7}


async def test_all_faults_of_a_beat_are_named_at_once(served: Served) -> None:
    async with served.post(SYNC, json={}, headers=TOKEN) as answer:
        assert len((await problem(answer, 400))["reasons"]) == 3
    async with served.post(SYNC, json=[], headers=TOKEN) as answer:
        await problem(answer, 400)


async def test_a_beat_is_larger_than_what_people_may_send_but_not_boundless(served: Served) -> None:
    full = BEAT | {"pending": [f"{number:03}" + "\u0001" * 509 for number in range(100)]}
    body = json.dumps(full, ensure_ascii=True).encode()
    headers = TOKEN | {"Content-Type": "application/json"}
    assert len(body) > 65_536
    async with served.post(SYNC, data=body, headers=headers) as answer:
        assert answer.status in (200, 413)
    async with served.post(SYNC, data=b" " * 300_000, headers=headers) as answer:
        await problem(answer, 413)
    async with served.post(SYNC, data=b"{}", headers=TOKEN | {"Content-Type": "text/plain"}) as answer:
        await problem(answer, 415)
