"""What a worker of the seed finds in ZooKeeper: paths, documents, and a watch that fires as it expects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from orchestrator.engine.answers import OrchestrationSummary
from tests.seed.scene import RELEASE_WAIT_S, Eyes, Scene, scene
from tests.services.waiting import until


@pytest.fixture
async def world() -> AsyncIterator[Scene]:
    async with scene() as made:
        yield made


def things(count: int) -> list[str]:
    return [f"t{number}" for number in range(count)]


def eyes_of(world: Scene) -> dict[int, Eyes]:
    return {number: Eyes(world.eyes, f"{world.root}/Thing/{number}") for number in world.shards()}


async def orchestrate(world: Scene, **wanted: object) -> OrchestrationSummary:
    assert world.engine is not None
    given = {"max_instances": None, "resource_per_instance": None, "dry_run": False, "actor": "test"}
    answer = await world.engine.orchestrate("Thing", **{**given, **wanted})  # type: ignore[arg-type]
    assert isinstance(answer, OrchestrationSummary), answer
    return answer


async def test_a_shard_stands_where_the_seed_looks_and_says_what_it_reads(world: Scene) -> None:
    world.catalog.put("Thing", things(7))
    await world.lead()
    await world.owned(things(7))
    assert world.shards() == [0, 1, 2]
    for number in world.shards():
        path = f"{world.root}/Thing/{number}"
        assert sorted(world.eyes.get_children(path)) == ["_reload", "resources", "tmp"]
        head, resources = world.read(str(number)), world.read(f"{number}/resources")
        assert (head["used"], head["count"]) == (len(resources["ids"]), 5000)
        assert all(isinstance(resource_id, str) for resource_id in resources["ids"])
        assert set(resources) == {"ids"}
        assert list(world.read(f"{number}/_reload")) == ["times"]
        assert world.eyes.get(f"{path}/tmp")[0] == b""
        assert world.eyes.get_children(f"{path}/resources") == []


async def test_the_pod_of_a_shard_has_the_name_that_the_seed_gives_it(world: Scene) -> None:
    await world.lead()
    await until(lambda: len(world.runtime.specs) == 3, 10, "every shard has its instance")
    assert [spec.name for spec in world.runtime.specs.values()] == ["iota-dac-0", "iota-dac-1", "iota-dac-2"]


async def test_each_change_of_a_list_fires_its_watch_once_with_times_one_higher(world: Scene) -> None:
    world.catalog.put("Thing", things(6))
    await world.lead()
    await world.owned(things(6))
    await asyncio.sleep(1.2)
    eyes = eyes_of(world)
    for turn in range(6):
        world.catalog.put("Thing", [f"n{turn}"])
        world.publish({"o": "c", "t": "Thing", "k": {"id": f"n{turn}"}, "instance": {"id": f"n{turn}"}})
        await world.owned([*things(6), *(f"n{t}" for t in range(turn + 1))])
    assert sum(eye.fired for eye in eyes.values()) == 6
    for number, eye in eyes.items():
        times = [seen for seen, _ in eye.seen]
        assert times == list(range(times[0], times[0] + len(times))), "each is one more than the last"
        grew = [len(ids) for _, ids in eye.seen]
        assert grew == list(range(grew[0], grew[0] + len(grew)))
        assert world.read(str(number))["used"] == grew[-1]


async def test_a_deleted_id_leaves_the_list_at_once_and_what_follows_fires_no_watch(world: Scene) -> None:
    world.catalog.put("Thing", things(6))
    await world.lead()
    place = (await world.owned(things(6)))["t3"][0]
    await asyncio.sleep(1.2)
    eyes = eyes_of(world)
    world.catalog.drop("Thing", ["t3"])
    world.publish({"o": "d", "t": "Thing", "k": {"id": "t3"}, "instance": {"id": "t3"}})
    await until(lambda: eyes[place].fired == 1, 5, "the watch fires")
    (before, _), (after, ids) = eyes[place].seen
    assert after == before + 1
    assert "t3" not in ids
    assert world.read(f"{place}/resources")["releasing"] == [{"g": after, "to": None, "ids": ["t3"]}]
    await until(lambda: "releasing" not in world.read(f"{place}/resources"), 5, "the wait has passed")
    await asyncio.sleep(0.2)
    assert world.read(f"{place}/_reload") == {"times": after}
    assert sum(eye.fired for eye in eyes.values()) == 1


async def test_a_moved_id_stands_in_no_list_until_the_wait_has_passed(world: Scene) -> None:
    world.catalog.put("Thing", things(30))
    await world.lead()
    await world.owned(things(30))
    await asyncio.sleep(1.2)
    eyes, began = eyes_of(world), asyncio.get_running_loop().time()
    await orchestrate(world, resource_per_instance=8)
    await until(lambda: len(world.shards()) == 4, 5, "there is one shard more")
    doubled, arrived = 0, None
    while len(owners := world.owners()) < 30 or [3] not in owners.values():
        assert asyncio.get_running_loop().time() < began + 20, owners
        doubled += any(len(places) > 1 for places in owners.values())
        await asyncio.sleep(0.02)
        if arrived is None and [3] in world.owners().values():
            arrived = asyncio.get_running_loop().time()
    assert arrived is None or arrived - began >= RELEASE_WAIT_S
    assert not doubled
    owners = await world.owned(things(30))
    sizes = [sum(1 for places in owners.values() if places == [number]) for number in range(4)]
    assert max(sizes) - min(sizes) <= 1
    for number, eye in eyes.items():
        times = [seen for seen, _ in eye.seen]
        assert times == list(range(times[0], times[0] + len(times))), number
        assert set(eye.seen[-1][1]) < set(eye.seen[0][1]), "it only gave away"


async def test_times_begin_at_zero_with_a_new_shard_and_its_ids_are_there_at_once(world: Scene) -> None:
    world.catalog.put("Thing", things(9))
    await world.lead(resource_per_instance=4)
    await world.owned(things(9))
    await asyncio.sleep(1.2)
    more = [f"n{n}" for n in range(5)]
    world.catalog.put("Thing", more)
    world.publish({"o": "bc", "t": "Thing", "keys": [{"id": i} for i in more]})
    await world.owned([*things(9), *more])
    assert world.shards() == [0, 1, 2, 3]
    assert world.read("3/_reload") == {"times": 0}
    assert len(world.read("3/resources")["ids"]) == world.read("3")["used"] > 0


async def test_a_shard_goes_with_what_its_worker_left_under_tmp(world: Scene) -> None:
    world.catalog.put("Thing", things(30))
    await world.lead(resource_per_instance=8)
    await world.owned(things(30))
    await until(lambda: len(world.runtime.specs) == 4, 10, "every shard has its instance")
    for number in world.shards():
        world.eyes.create(f"{world.root}/Thing/{number}/tmp/status/deep", b"1", makepath=True)
    await orchestrate(world, resource_per_instance=5000)
    await until(lambda: len(world.shards()) == 3, 20, "the drained shard is gone", every=0.05)
    await world.owned(things(30))


async def test_what_a_worker_writes_under_tmp_disturbs_nothing(world: Scene) -> None:
    world.catalog.put("Thing", things(3))
    await world.lead()
    await world.owned(things(3))
    world.eyes.set(f"{world.root}/Thing/0/tmp", b"\xff no JSON")
    world.eyes.create(f"{world.root}/Thing/0/tmp/status", b"ok", ephemeral=True)
    world.catalog.put("Thing", ["new"])
    world.publish({"o": "c", "t": "Thing", "k": {"id": "new"}})
    await world.owned([*things(3), "new"])
    await world.step_down()
    await world.lead()
    await world.owned([*things(3), "new"])
