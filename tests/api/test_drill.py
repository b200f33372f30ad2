"""Instances restarted and killed, an office given up, a recording read."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode

import pytest

from tests.api.conftest import Served

KILL = "/v1/api/kinds/Thing/instances/kill"


async def test_a_restart_names_the_instance_that_is_to_end(served: Served) -> None:
    done = await served.post("/v1/api/kinds/Thing/instances/3/restart", json={"incarnation": 7})
    assert done.status == 200
    assert await done.json() == {"kind": "Thing", "shard": 3, "incarnation": 7, "since": 1.5}


async def test_another_incarnation_than_was_named_is_not_restarted(served: Served) -> None:
    done = await served.post("/v1/api/kinds/Thing/instances/3/restart", json={"incarnation": 6})
    assert done.status == 409


async def test_shards_are_killed_by_number_or_by_label(served: Served) -> None:
    for body, killed in (({"shards": [0, 4]}, [0, 4]), ({"label": "zone", "value": "a"}, [1, 2])):
        done = await served.post(KILL, json=body)
        assert done.status == 200
        assert [one["shard"] for one in (await done.json())["items"]] == killed


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"shards": []}, 422),
        ({"shards": [1], "label": "zone", "value": "a"}, 422),
        ({"label": "zone"}, 422),
        ({"shards": ["1"]}, 422),
        ({"shards": [9]}, 409),
        ({"label": "zone", "value": "nowhere"}, 409),
    ],
)
async def test_a_kill_that_does_not_say_whom_kills_nobody(
    served: Served, body: dict[str, object], status: int
) -> None:
    assert (await served.post(KILL, json=body)).status == status
    assert served.facade.struck == ()


async def test_a_leader_gives_its_office_up_when_asked(served: Served) -> None:
    done = await served.post("/v1/api/leader/resign", json={})
    assert (done.status, (await done.json())["resigned"], served.facade.resigned) == (200, True, 1)


async def test_the_recording_is_read_page_by_page_with_its_payloads(served: Served) -> None:
    page = await (await served.get("/v1/api/kinds/Thing/recording?after=1&limit=2")).json()
    assert [one["sequence"] for one in page["items"]] == [2, 3]
    assert page["next"] == 3
    assert page["items"][0]["payload"] is None
    assert json.loads(zlib.decompress(b64decode(page["items"][1]["payload"]))) == {"n": 3}
    last = await (await served.get("/v1/api/kinds/Thing/recording?after=5")).json()
    assert last == {"items": [], "next": None}


async def test_a_checkpoint_is_named(served: Served) -> None:
    done = await served.post("/v1/api/kinds/Thing/recording/checkpoints", json={})
    assert await done.json() == {"kind": "Thing", "name": "Thing.1:0", "ids": 3}


@pytest.mark.parametrize("path", ["recording/checkpoints", "instances/kill", "instances/1/restart"])
async def test_an_unknown_kind_is_not_found(served: Served, path: str) -> None:
    body = {"shards": [1]} if "kill" in path else {}
    done = await served.post(f"/v1/api/kinds/Nothing/{path}", json=body)
    assert done.status == 404
