"""The server as a whole, over HTTP."""

from __future__ import annotations

from tests.api.conftest import Serve, Served
from tests.api.facade_double import following


async def test_the_system_says_who_leads_and_what_is_in_force(serve: Serve) -> None:
    served = await serve(
        settings=(("store.engine", "sqlite", "default"), ("api.port", 8080, "config.yaml:3"))
    )
    async with served.get("/v1/api/system") as answer:
        assert answer.status == 200
        found = await answer.json()
    assert (found["version"], found["leader"], found["epoch"]) == ("0.1.0", "orch-0", 7)
    assert found["replicas"] == [
        {"holder": "orch-0", "role": "leader", "url": "http://orch-0", "answered": True}
    ]
    assert [one["name"] for one in found["dependencies"]] == ["store", "catalog"]
    assert found["limits"] == [
        {"name": "movesAtOnce", "kind": "Thing", "value": 100.0, "inUse": 8.0, "lastHit": None},
        {"name": "streams", "kind": None, "value": 300.0, "inUse": 0.0, "lastHit": None},
    ]
    assert found["settings"][1] == {"key": "api.port", "value": 8080, "source": "config.yaml:3"}


async def test_the_streams_are_a_limit_that_says_when_it_was_reached(serve: Serve) -> None:
    served = await serve(stream_limit=1, wall=lambda: 77.0)
    async with served.get("/v1/api/events/stream") as answer:
        await answer.content.readline()
        async with served.get("/v1/api/events/stream") as other:
            assert other.status == 429
        async with served.get("/v1/api/system") as asked:
            limit = (await asked.json())["limits"][-1]
    assert (limit["inUse"], limit["value"], limit["lastHit"]) == (1.0, 1.0, 77.0)


async def test_without_a_leader_the_server_knows_of_itself_alone(served: Served) -> None:
    served.facade.place = following()
    async with served.get("/v1/api/system") as answer:
        found = await answer.json()
    assert [(one["holder"], one["role"]) for one in found["replicas"]] == [("orch-0", "follower")]
