"""What is broken on purpose: restarts in good order, kills, a leader that makes room."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.drill import Struck
from orchestrator.errors import NotNow
from orchestrator.settings.kind import KindSettings
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, is_live, journal, shards, things
from tests.simulation.world import World

ZONES = KindSettings.model_validate({"shard_labels": {"zone": ["a", "b"]}}).policy()


async def test_a_restart_replaces_exactly_that_instance_in_good_order(world: World) -> None:
    await at_rest(world, things(100))
    before = shards(world)
    done = await world.engine.restart(KIND, 3, incarnation=before[3].incarnation, actor="ann")
    assert isinstance(done, Struck)
    assert (done.shard, done.incarnation) == (3, before[3].incarnation)
    await world.rest(60.0)
    after = shards(world)
    assert [n for n in before if before[n].incarnation != after[n].incarnation] == [3]
    stops = [line for line in await journal(world, "stop") if line.shard == 3]
    assert [(line.reason, line.detail) for line in stops] == [("operator", "restarted by ann")]
    assert [line.actor for line in await journal(world, "restart")] == ["ann"]


async def test_what_is_not_that_instance_is_not_restarted(world: World) -> None:
    await at_rest(world, things(100))
    incarnation = shards(world)[3].incarnation
    for shard, wanted in ((3, incarnation + 1), (99, None)):
        assert isinstance(await world.engine.restart(KIND, shard, incarnation=wanted, actor="ann"), Refused)
    await world.pass_(20.0)
    assert is_live(world, 3, incarnation)


async def test_a_killed_instance_is_noticed_and_replaced(world: World) -> None:
    await at_rest(world, things(100))
    world.check_stop = lambda spec: None  # type: ignore[method-assign]
    before = shards(world)
    done = await world.engine.kill(KIND, [1, 2], actor="ann")
    assert not isinstance(done, Refused)
    assert [one.shard for one in done] == [1, 2]
    await world.rest(60.0)
    after = shards(world)
    assert [n for n in before if before[n].incarnation != after[n].incarnation] == [1, 2]
    assert {n: set(shard.ids()) for n, shard in before.items()} == {
        n: set(shard.ids()) for n, shard in after.items()
    }, "the end of an instance moves nothing"


async def test_where_one_of_them_is_not_there_nobody_is_killed(world: World) -> None:
    await at_rest(world, things(100))
    for wanted in ([1, 99], []):
        assert isinstance(await world.engine.kill(KIND, wanted, actor="ann"), Refused)
    assert not await journal(world, "kill")


async def test_a_zone_is_the_shards_with_its_label(make_world: MakeWorld) -> None:
    world = make_world(policy=ZONES)
    await at_rest(world, things(100))
    east, west = await world.engine.zone(KIND, "zone", "a"), await world.engine.zone(KIND, "zone", "b")
    assert sorted([*east, *west]) == sorted(shards(world))
    assert len(east) == len(west)
    assert await world.engine.zone(KIND, "zone", "c") == []


@pytest.mark.parametrize("nodes", [1, 2])
async def test_a_leader_that_makes_room_is_followed_and_no_instance_ends(world: World, nodes: int) -> None:
    await at_rest(world, things(100), nodes=nodes)
    before = {n: shard.incarnation for n, shard in shards(world).items()}
    leader = world.leader
    assert leader is not None
    epoch = world.engine.standing().epoch
    assert epoch is not None
    await world.engine.make_room(actor="ann")
    await world.until(
        lambda: world.leader is not None and (world.engine.standing().epoch or 0) > epoch,
        30.0,
        "somebody leads the next term",
    )
    if nodes == 2:
        assert world.leader is not leader
    await world.rest(60.0)
    assert {n: shard.incarnation for n, shard in shards(world).items()} == before


async def test_who_does_not_lead_cannot_make_room(world: World) -> None:
    await at_rest(world, things(10), nodes=2)
    follower = next(node for node in world.nodes if node is not world.leader)
    assert follower.engine is not None
    with pytest.raises(NotNow):
        await follower.engine.make_room(actor="ann")
