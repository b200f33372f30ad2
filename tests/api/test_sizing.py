from __future__ import annotations

from orchestrator.errors import NotNow
from tests.api.conftest import Served
from tests.api.facade_double import SIZING, kind
from tests.api.problems import problem


async def test_the_sizing_of_a_kind_shows_what_is_used_and_what_would_be_saved(served: Served) -> None:
    async with served.get("/v1/api/kinds/Rule/sizing") as answer:
        assert answer.status == 200
        body = await answer.json()
    assert (body["kind"], body["mode"], body["advice"]) == ("Rule", "advise", "shrink")
    assert (body["shards"], body["wanted"], body["byCount"], body["maxInstances"]) == (5, 4, 3, 20)
    assert body["ceiling"] == {"instances": 200, "resources": 9000}
    assert (body["saves"], body["saving"]) == (1, {"cpu": 1000})
    assert body["dimensions"] == [
        {
            "name": "cpu",
            "capacity": 1000,
            "target": 0.7,
            "load": 2010,
            "smoothed": 2000.123,
            "utilisation": 0.4,
            "highest": 0.45,
            "known": 5,
            "unknown": [],
        }
    ]
    assert body["items"][4] == {
        "shard": 4,
        "name": "iota-dac-4",
        "load": {"cpu": 402},
        "utilisation": {"cpu": 0.402},
    }
    assert (body["ignored"], body["why"]) == ({"cpu": 2}, SIZING.advice.why)


async def test_what_the_load_asks_for_is_shown_with_the_kind(served: Served) -> None:
    served.facade.world["Thing"] = kind(sizing="4 shards instead of 5: …")
    async with served.get("/v1/api/kinds/Thing") as answer:
        assert (await answer.json())["sizing"] == "4 shards instead of 5: …"


async def test_an_unknown_kind_has_no_size(served: Served) -> None:
    async with served.get("/v1/api/kinds/Nope/sizing") as answer:
        await problem(answer, 404)


async def test_without_a_leader_the_load_is_not_known(served: Served) -> None:
    served.facade.failing = NotNow("nobody leads")
    async with served.get("/v1/api/kinds/Thing/sizing") as answer:
        assert (await problem(answer, 503))["detail"] == "nobody leads"
