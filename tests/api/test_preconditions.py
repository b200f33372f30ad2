"""Nobody overwrites what they have not seen: ETag, If-Match, If-None-Match."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.api.conftest import Served
from tests.api.problems import problem

SHARD = "/v1/api/kinds/Thing/shards/2"
KIND = "/v1/api/kinds/Thing"
ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
OTHER = '"somebody-elses"'


async def tag(served: Served, path: str) -> str:
    async with served.get(path) as answer:
        assert answer.status == 200
        return answer.headers["ETag"]


async def test_a_change_of_what_was_seen_is_carried_out(served: Served) -> None:
    seen = await tag(served, KIND)
    async with served.post(ORCHESTRATE, headers={"If-Match": seen}) as answer:
        assert (answer.status, answer.headers["ETag"]) == (200, seen)
    async with served.post(ORCHESTRATE, headers={"If-Match": f"{OTHER}, {seen}"}) as answer:
        assert answer.status == 200
    async with served.post(ORCHESTRATE, headers={"If-Match": "*"}) as answer:
        assert answer.status == 200


async def test_a_change_of_what_has_changed_since_is_refused_and_nothing_is_done(served: Served) -> None:
    seen = await tag(served, KIND)
    served.facade.world["Thing"] = replace(served.facade.world["Thing"], max_instances=7)
    before = list(served.facade.calls)
    for path in (ORCHESTRATE, f"{KIND}/pause", f"{KIND}/plans"):
        async with served.post(path, headers={"If-Match": seen}) as answer:
            now = await tag(served, KIND)
            assert now in (await problem(answer, 412))["detail"]
    assert served.facade.calls == before
    async with served.post(ORCHESTRATE, headers={"If-Match": now}) as answer:
        assert answer.status == 200


async def test_what_moves_by_itself_is_no_part_of_the_version(served: Served) -> None:
    seen = await tag(served, KIND)
    thing = served.facade.world["Thing"]
    counts = replace(thing.counts, arriving=9, moving=4)
    served.facade.world["Thing"] = replace(thing, commit=thing.commit + 50, counts=counts, audited_age=1.0)
    assert await tag(served, KIND) == seen


async def test_of_two_that_saw_the_same_the_second_is_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = served.facade.set_shard

    async def slow(kind: str, shard: int, **given: object) -> object:
        await asyncio.sleep(0.05)
        done = await inner(kind, shard, **given)  # type: ignore[arg-type]
        shards = tuple(done if one.number == shard else one for one in served.facade.world[kind].shards)
        served.facade.world[kind] = replace(served.facade.world[kind], shards=shards)
        return done

    monkeypatch.setattr(served.facade, "set_shard", slow)
    async with served.request("PATCH", SHARD, json={"labels": {"zone": "a"}}) as first:
        seen = first.headers["ETag"]

    async def change(zone: str) -> int:
        wish = {"labels": {"zone": zone}}
        async with served.request("PATCH", SHARD, json=wish, headers={"If-Match": seen}) as answer:
            return answer.status

    assert sorted(await asyncio.gather(change("b"), change("c"), change("d"))) == [200, 412, 412]


async def test_what_another_way_of_changing_the_same_kind_has_done_meanwhile_counts_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, begun, ends = served.facade.apply_plan, asyncio.Event(), asyncio.Event()

    async def slow(kind: str, number: int, **given: object) -> object:
        begun.set()
        await ends.wait()
        served.facade.world[kind] = replace(served.facade.world[kind], max_instances=7)
        return await inner(kind, number, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(served.facade, "apply_plan", slow)
    seen = await tag(served, KIND)

    async def ask(path: str, **headers: str) -> int:
        async with served.post(path, headers=headers) as answer:
            return answer.status

    applying = asyncio.create_task(ask(f"{KIND}/plans/7/apply"))
    await begun.wait()
    orchestrating = asyncio.create_task(ask(ORCHESTRATE, **{"If-Match": seen}))
    await asyncio.wait({orchestrating}, timeout=0.2)
    ends.set()
    assert (await applying, await orchestrating) == (200, 412)


async def test_who_sends_slowly_keeps_nobody_from_a_turn(served: Served) -> None:
    _, writer = await asyncio.open_connection(served.host, served.port)
    head = f"PATCH {SHARD} HTTP/1.1\r\nHost: {served.host}:{served.port}\r\nContent-Length: 90\r\n"
    writer.write(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
    await writer.drain()
    await asyncio.sleep(0.1)
    async with asyncio.timeout(8):
        async with served.request("PATCH", SHARD, json={"labels": {"zone": "a"}}) as answer:
            assert answer.status == 200
    writer.close()


async def test_what_is_not_there_matches_nothing_and_can_be_asked_to_be_new(served: Served) -> None:
    path = f"{KIND}/quarantine/t-1"
    served.facade.own("Thing", "t-1")
    async with served.request("PUT", path, json={}, headers={"If-Match": "*"}) as answer:
        assert "not there" in (await problem(answer, 412))["detail"]
    async with served.request("PUT", path, json={}, headers={"If-None-Match": "*"}) as answer:
        assert answer.status == 200
        seen = answer.headers["ETag"]
    async with served.request("PUT", path, json={}, headers={"If-None-Match": "*"}) as answer:
        await problem(answer, 412)
    assert await tag(served, path) == seen
    async with served.request("DELETE", path, headers={"If-Match": OTHER}) as answer:
        await problem(answer, 412)
    async with served.request("DELETE", path, headers={"If-Match": seen}) as answer:
        assert answer.status == 200 and "ETag" not in answer.headers


async def test_a_weak_tag_is_nobodys(served: Served) -> None:
    seen = await tag(served, KIND)
    async with served.post(ORCHESTRATE, headers={"If-Match": f"W/{seen}"}) as answer:
        await problem(answer, 412)


async def test_an_empty_list_of_tags_has_none_that_matches(served: Served) -> None:
    async with served.post(ORCHESTRATE, headers={"If-Match": ""}) as answer:
        await problem(answer, 412)
    async with served.post(ORCHESTRATE, headers={"If-None-Match": ""}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("said", ["unquoted", '"a', '"a" "b"', f'"{"x" * 5000}"'])
async def test_a_condition_that_is_none_is_refused(served: Served, said: str) -> None:
    async with served.post(ORCHESTRATE, headers={"If-Match": said}) as answer:
        assert "If-Match" in (await problem(answer, 400))["detail"]


async def test_a_condition_that_nobody_would_mind_is_refused(served: Served) -> None:
    async with served.post(f"{KIND}/resync", headers={"If-Match": "*"}) as answer:
        assert "has no version" in (await problem(answer, 400))["detail"]
    assert served.facade.calls == []


async def test_plans_have_versions(served: Served) -> None:
    path = f"{KIND}/plans/7"
    seen = await tag(served, path)
    async with served.post(f"{path}/apply", headers={"If-Match": OTHER}) as answer:
        await problem(answer, 412)
    async with served.post(f"{path}/apply", headers={"If-Match": seen}) as answer:
        assert answer.status == 200
    async with served.post(f"{KIND}/plans/99/apply", headers={"If-Match": seen}) as answer:
        await problem(answer, 412)


async def test_a_tag_may_hold_a_comma(served: Served) -> None:
    async with served.post(ORCHESTRATE, headers={"If-Match": 'W/"a,b", "c"'}) as answer:
        await problem(answer, 412)
