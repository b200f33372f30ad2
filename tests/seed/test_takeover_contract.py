"""A tree that the seed's orchestrator wrote is taken over as it stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.core.model import Instance, Protocol
from tests.contract.changes import there
from tests.seed.scene import Eyes, Scene, scene
from tests.services.waiting import until


@pytest.fixture
async def world() -> AsyncIterator[Scene]:
    async with scene() as made:
        yield made


def seed_shard(number: int, ids: list[Any], times: int = 0, **head: int) -> dict[str, Any]:
    """As the seed's orchestrator creates it; its ``used`` drifts, and its ``times`` never grows."""
    return {
        f"{number}": {"used": len(ids), "count": 5000, **head},
        f"{number}/tmp": b"",
        f"{number}/_reload": {"times": times},
        f"{number}/resources": {"ids": ids},
    }


async def test_a_tree_of_the_seed_is_claimed_without_a_change_to_any_list(world: Scene) -> None:
    world.write({**seed_shard(0, [1, 2, 3]), **seed_shard(1, ["4"], times=7), **seed_shard(5, [5, "6"])})
    world.catalog.put("Thing", [str(n) for n in range(1, 7)])
    before = {path: node for path, node in world.tree().items() if "resources" in path or "_reload" in path}
    eyes = {n: Eyes(world.eyes, f"{world.root}/Thing/{n}") for n in (0, 1, 5)}
    world.identity.remember("store-1")
    engine = await world.lead(max_instances=40, resource_per_instance=900)
    assert not world.closed
    await until(lambda: len(world.runtime.specs) == 3, 10, "every shard has its instance")
    await asyncio.sleep(1.5)
    after = world.tree()
    assert {path: after[path] for path in before} == before, "lists and generations are untouched"
    assert not any(eye.fired for eye in eyes.values())
    assert world.store is not None
    loaded = await there(world.store)
    assert loaded.state.store_id == "store-1"
    assert (loaded.state.shards, loaded.state.max_instances) == (3, 40)
    assert loaded.state.resource_per_instance == 900
    assert {shard.instance for shard in loaded.shards.values()} == {Instance.LIVE}
    assert sorted(shard.incarnation for shard in loaded.shards.values()) == [1, 2, 3]
    assert world.owners() == {"1": [0], "2": [0], "3": [0], "4": [1], "5": [5], "6": [5]}
    status = engine.kind("Thing")
    assert (status.counts.owned, status.counts.catalog) == (6, 6)


async def test_the_first_change_of_a_list_writes_numbers_as_the_texts_that_the_seed_would_add(
    world: Scene,
) -> None:
    world.write({**seed_shard(0, [1, 2, 3], times=4), **seed_shard(1, [11, 12, 13, 14], times=9)})
    world.catalog.put("Thing", ["1", "2", "3", "11", "12", "13", "14"])
    await world.lead()
    await asyncio.sleep(1.2)
    world.catalog.put("Thing", ["15"])
    world.publish({"o": "c", "t": "Thing", "k": {"id": 15}, "instance": {"id": 15}})
    await until(lambda: "15" in world.owners(), 5, "it is owned")
    assert world.read("0/resources") == {"ids": ["1", "2", "3", "15"]}
    assert world.read("0/_reload") == {"times": 5}
    assert world.read("1/resources") == {"ids": [11, 12, 13, 14]}, "what did not change is not written"
    world.catalog.drop("Thing", ["12"])
    world.publish({"o": "bd", "t": "Thing", "where": {"id": 12}})
    await until(lambda: "12" not in world.owners(), 5, "it is released")
    assert world.read("1/resources")["ids"] == ["11", "13", "14"]
    assert world.read("1/_reload") == {"times": 10}


async def test_what_the_seed_lost_track_of_is_found_and_what_it_left_is_released(world: Scene) -> None:
    world.write({**seed_shard(0, ["a", "gone"], used=9), **seed_shard(1, ["b"])})
    world.catalog.put("Thing", ["a", "b", "new"])
    await world.lead()
    await world.owned(["a", "b", "new"])
    assert world.owners()["a"] == [0]
    assert world.owners()["b"] == [1]


async def test_an_id_that_the_seed_gave_to_two_shards_stays_with_one(world: Scene) -> None:
    world.write({**seed_shard(0, [7, "7", 8]), **seed_shard(1, ["7", "9"])})
    world.catalog.put("Thing", ["7", "8", "9"])
    await world.lead()
    await world.owned(["7", "8", "9"])


async def test_a_shard_over_its_count_keeps_what_it_has(world: Scene) -> None:
    ids = [str(n) for n in range(30)]
    world.write({**seed_shard(0, ids[:20], count=10), **seed_shard(1, ids[20:], count=10)})
    world.catalog.put("Thing", ids)
    await world.lead(max_instances=3)
    await asyncio.sleep(1.5)
    assert [len(world.read(f"{n}/resources")["ids"]) for n in (0, 1)] == [20, 10]


async def test_the_next_leader_finds_its_own_and_claims_nothing_again(world: Scene) -> None:
    world.write(seed_shard(0, [1]))
    world.catalog.put("Thing", ["1"])
    await world.lead()
    await until(lambda: len(world.runtime.specs) == 1, 10, "the shard has its instance")
    await asyncio.sleep(1.0)
    before = world.tree()
    await world.step_down()
    await world.lead()
    assert not world.closed
    await asyncio.sleep(1.0)
    assert world.tree() == before


async def test_a_kind_that_is_set_to_v1_refuses_the_tree_and_says_what_to_set() -> None:
    async with scene(Protocol.V1) as world:
        world.write(seed_shard(0, ["a"]))
        before = world.tree()
        await world.lead()
        assert "in the form of protocol seed" in world.closed
        assert "set protocol: seed" in world.closed
        await asyncio.sleep(1.0)
        assert world.tree() == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"0/resources": b"[1,2]"}, "Thing/0/resources: expected a JSON object"),
        ({"0/resources": {"ids": [1.5]}}, "Thing/0/resources: 'ids' must be a list of texts"),
        ({"0/resources": {"ids": [True]}}, "Thing/0/resources: 'ids' must be a list of texts"),
        ({"0/resources": {}}, "Thing/0/resources: 'ids' must be a list of texts"),
        ({"0/_reload": b""}, "Thing/0/_reload: the document is not JSON"),
        ({"0": {"used": 1}}, "Thing/0: 'count' must be an integer"),
        ({"foreign": b"{}"}, "'foreign' is not a number"),
        ({"1": {"used": 0, "count": 5}}, "Thing/1/_reload is missing"),
    ],
)
async def test_a_tree_that_cannot_be_read_whole_is_not_touched(
    world: Scene, wrong: dict[str, Any], said: str
) -> None:
    for path, body in {**seed_shard(0, ["a"]), **wrong}.items():
        world.write({path: body})
    before = world.tree()
    await world.lead()
    assert said in world.closed
    await asyncio.sleep(0.5)
    assert world.tree() == before
    assert not world.runtime.specs


async def test_shards_of_ours_whose_state_was_removed_are_not_taken_for_the_seeds(world: Scene) -> None:
    world.catalog.put("Thing", ["a", "b"])
    await world.lead()
    await world.owned(["a", "b"])
    await world.step_down()
    world.eyes.delete(f"{world.root}/_kinds/Thing")
    before = world.tree()
    await world.lead()
    assert "the desired state of Thing is gone from the store" in world.closed
    await asyncio.sleep(0.5)
    assert world.tree() == before
