"""One shard is ended on a person's word, and its resources go to the others."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.model import Instance, ShardState
from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers.instance import Drainable
from orchestrator.errors import NotNow
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, orchestrate, owned_by, owner, shards, succeed, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

FIVE = KindPolicy(init_instances=5)


async def five(make_world: MakeWorld, *, release_s: float = 0.0, each: int = 40, **more: object) -> World:
    world = make_world(policy=FIVE, resource_per_instance=each, **more)
    world.workforce.tempers = lambda spec: Temper(release_s=release_s)
    return await at_rest(world, things(100))


async def drain(world: World, number: int, **more: bool) -> Drainable:
    done = await world.engine.drain(KIND, number, actor="ann", **more)
    assert isinstance(done, Drainable), done
    return done


async def refused(world: World, number: int, verb: str = "drain") -> str:
    answer = await getattr(world.engine, verb)(KIND, number, actor="ann")
    assert isinstance(answer, Refused), answer
    return answer.detail


async def test_a_drained_shard_ends_and_only_its_resources_move(make_world: MakeWorld) -> None:
    world = await five(make_world)
    homes = {i: owner(world, i) for i in things(100)}
    theirs = owned_by(world, 3)
    done = await drain(world, 3)
    assert (done.ids, done.to_shards, done.each) == (len(theirs), 4, 5)
    await world.rest(120.0)
    assert sorted(shards(world)) == [0, 1, 2, 4]
    for resource_id, home in homes.items():
        now = owner(world, resource_id)
        assert (now in (0, 1, 2, 4)) if resource_id in theirs else (now == home)
    state = world.documents.seen[KIND].loaded.state
    assert (state.shards, state.rebalance) == (4, None)
    assert [(line.reason, line.shard, line.actor) for line in await journal(world, "drain")] == [
        ("operator", 3, "ann")
    ]
    assert [line.shard for line in await journal(world, "input-drain")] == [3]


async def test_a_dry_run_tells_and_changes_nothing(make_world: MakeWorld) -> None:
    world = await five(make_world)
    before = world.transactions
    assert (await drain(world, 3, dry_run=True)).to_shards == 4
    assert world.transactions == before
    assert await world.engine.drain(KIND, 77, actor="ann") is None


async def test_where_there_is_no_room_the_refusal_has_the_numbers(make_world: MakeWorld) -> None:
    world = await five(make_world, each=22)
    assert "room elsewhere for 8 of 20" in await refused(world, 3)
    detail = world.engine.instance_detail(KIND, 3)
    assert detail is not None
    assert (detail.can_drain.ok, "8 of 20" in detail.can_drain.reason) == (False, True)
    assert all(shard.is_active for shard in shards(world).values())


async def test_two_shards_can_be_drained_at_once(make_world: MakeWorld) -> None:
    world = await five(make_world, release_s=1.0)
    await drain(world, 1)
    await drain(world, 4)
    assert "drained already" in await refused(world, 1)
    await world.rest(240.0)
    assert sorted(shards(world)) == [0, 2, 3]
    assert sum(len(owned_by(world, n)) for n in (0, 2, 3)) == 100


async def test_a_drain_goes_on_under_the_next_leader(make_world: MakeWorld) -> None:
    world = await five(make_world, release_s=5.0)
    await drain(world, 2)
    node = world.leader
    node.crash()
    await succeed(world, node)
    await world.rest(240.0)
    assert sorted(shards(world)) == [0, 1, 3, 4]


async def test_an_undrained_shard_stays_with_what_it_still_has(make_world: MakeWorld) -> None:
    policy = KindPolicy(init_instances=5, move_floor=3)
    world = make_world(policy=policy, resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=2.0)
    await at_rest(world, things(100))
    await drain(world, 2)
    await world.pass_(3.0)
    assert shards(world)[2].state is ShardState.DRAINING
    kept = await world.engine.undrain(KIND, 2, actor="ann")
    assert isinstance(kept, Drainable)
    await world.rest(120.0)
    shard = shards(world)[2]
    assert (shard.state, shard.instance) == (ShardState.ACTIVE, Instance.LIVE)
    assert 0 < len(owned_by(world, 2)) <= kept.ids < 20
    assert world.documents.seen[KIND].loaded.state.rebalance is None
    assert "is not drained" in await refused(world, 2, "undrain")


async def test_an_orchestration_takes_the_place_of_a_drain(make_world: MakeWorld) -> None:
    world = await five(make_world, release_s=3.0)
    await drain(world, 2)
    await orchestrate(world)
    await world.rest(240.0)
    assert sorted(shards(world)) == [0, 1, 2, 3, 4]


async def test_while_a_kind_is_orchestrated_nothing_is_drained(make_world: MakeWorld) -> None:
    world = await five(make_world, release_s=5.0)
    await orchestrate(world, resource_per_instance=12)
    assert "is being orchestrated" in await refused(world, 2)
    await world.rest(240.0)


async def test_a_shard_to_which_ids_are_pinned_is_not_drained(make_world: MakeWorld) -> None:
    world = await five(make_world)
    held = min(owned_by(world, 2))
    await world.engine.pin(KIND, held, shard=2, actor="ann")
    assert await refused(world, 2) == "1 id is pinned to shard 2 of Thing."


async def test_a_paused_kind_drains_nothing(make_world: MakeWorld) -> None:
    world = await five(make_world)
    await world.engine.pause_kind(KIND, paused=True, actor="ann")
    answer = await world.engine.drain(KIND, 2, actor="ann")
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.PAUSED


async def test_only_a_leader_drains(world: World) -> None:
    await at_rest(world, things(20), nodes=2)
    (follower,) = [node for node in world.nodes if not node.leads]
    assert follower.engine is not None
    with pytest.raises(NotNow):
        await follower.engine.drain(KIND, 2, actor="ann")


async def test_a_drain_is_in_the_recording_of_the_kind(make_world: MakeWorld) -> None:
    world = await five(make_world)
    before = len(await journal(world, "input-checkpoint"))
    await drain(world, 2)
    assert len(await journal(world, "input-checkpoint")) == before + 1
    await world.rest(120.0)
