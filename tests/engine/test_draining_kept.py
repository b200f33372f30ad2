"""A shard that is to end and cannot: the alarm says which resource stays, why, and which command helps."""

from __future__ import annotations

from orchestrator.core.decisions import Refused
from orchestrator.core.model import ONE
from orchestrator.core.placement.rule_policy import RulePolicy
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import Traits, labels_of
from orchestrator.engine.answers.instance import Drainable
from orchestrator.engine.answers.placement import Pinned
from orchestrator.engine.answers.shard import ShardStatus
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, owned_by, shards, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

DEADLINE_S = 20.0


async def leaving(make_world: MakeWorld, rules: RulePolicy | None = None) -> World:
    """Five shards of which each lets go of two ids a second."""
    policy = KindPolicy(
        init_instances=5, move_floor=2, move_ratio=0.0, drain_deadline=DEADLINE_S, rules=rules or RulePolicy()
    )
    world = make_world(policy=policy, resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=1.0)
    return await at_rest(world, things(100))


async def drain(world: World, number: int) -> None:
    done = await world.engine.drain(KIND, number, actor="ann")
    assert isinstance(done, Drainable), done


def kept(world: World) -> list[str]:
    return [one for one in world.engine.kind(KIND).alarms if "cannot be drained" in one]


async def test_a_pin_to_a_shard_that_is_not_there_is_named_with_the_command_that_removes_it(
    make_world: MakeWorld,
) -> None:
    world = await leaving(make_world)
    first, second = sorted(owned_by(world, 2))[-2:]
    await drain(world, 2)
    for one in (first, second):
        assert isinstance(await world.engine.pin(KIND, one, shard=50, actor="ann"), Pinned)
    await world.pass_(DEADLINE_S - 5.0)
    assert kept(world) == []
    await world.pass_(20.0)
    assert owned_by(world, 2) == {first, second}
    pinned = "It is pinned to shard 50, which is not there; it waits for it."
    assert kept(world) == [
        f"shard 2 cannot be drained: {first} stays, and 1 more like it. {pinned}"
        f" To let it go: shardwright unpin Thing {first}"
    ]
    await world.engine.unpin(KIND, first, actor="ann")
    await world.pass_(10.0)
    assert kept(world) == [
        f"shard 2 cannot be drained: {second} stays. {pinned} To let it go: shardwright unpin Thing {second}"
    ]
    await world.engine.unpin(KIND, second, actor="ann")
    await world.rest(60.0)
    assert sorted(shards(world)) == [0, 1, 3, 4]
    assert kept(world) == []


async def test_a_group_that_finds_no_room_is_named_with_the_way_out(make_world: MakeWorld) -> None:
    world = await leaving(make_world, RulePolicy(together=("room",)))
    mine, theirs = max(owned_by(world, 2)), max(owned_by(world, 0))
    await drain(world, 2)
    full = len(owned_by(world, 0))
    assert isinstance(
        await world.engine.set_shard(KIND, 0, labels={}, capacity={"count": full}, actor="ann"), ShardStatus
    )
    for one in (mine, theirs):
        world.catalog.put(KIND, {one: Traits(ONE, labels_of({"room": "7"}))})
    await world.engine.resync(KIND, actor="ann")
    await world.pass_(DEADLINE_S + 20.0)
    assert mine in owned_by(world, 2)
    (told,) = kept(world)
    assert told.startswith(f"shard 2 cannot be drained: {mine} stays. "), told
    assert "together with those whose room is 7, on shard 0" in told
    assert told.endswith("Make room, or keep the shard: shardwright drain Thing/2 --undo")
    # what it says helps
    await world.engine.set_shard(KIND, 0, labels={}, capacity={"count": None}, actor="ann")
    await world.rest(120.0)
    assert sorted(shards(world)) == [0, 1, 3, 4]
    assert {mine, theirs} <= owned_by(world, 0)


async def test_a_drain_that_a_rule_forbids_is_refused_with_the_rule(make_world: MakeWorld) -> None:
    world = await leaving(make_world)
    mine = min(owned_by(world, 2))
    await world.engine.pin(KIND, mine, shard=60, actor="ann")
    answer = await world.engine.drain(KIND, 2, actor="ann")
    assert isinstance(answer, Refused)
    assert answer.detail == (
        "Shard 2 of Thing cannot be drained: for 1 of 20 no other shard is allowed or has room,"
        f" e.g. {mine}: It is pinned to shard 60, which is not there; it waits for it."
    )
