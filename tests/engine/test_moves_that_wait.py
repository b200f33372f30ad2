"""A move policy in the whole engine: orchestrations that wait for it, say so, and go on by themselves."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.moves.policy import MovePolicy, MoveRule, Quiet
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.policy import KindPolicy
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, orchestrate, owned_by, shards, succeed, things
from tests.simulation.world import World

SMALL = KindPolicy(init_instances=3)


def waiting(world: World) -> str:
    return world.engine.kind(KIND).moves_waiting


def quiet_for(world: World, minutes: int) -> Quiet:
    """Hours that have begun and last so long yet."""
    minute = int(world.clock.wall() // 60) % 1440
    return Quiet(begin=(minute - 10) % 1440, end=(minute + minutes) % 1440, zone="UTC")


async def moved(world: World) -> int:
    return sum(line.count for line in await journal(world, "move"))


async def test_an_orchestration_in_quiet_hours_says_so_and_goes_on_afterwards(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    hours = quiet_for(world, 20)
    policy = replace(SMALL, move_policy=MovePolicy(rules=(MoveRule(quiet=(hours,)),)))
    world.setups[0] = replace(world.setups[0], policy=policy)
    await at_rest(world, things(60))
    summary = await orchestrate(world, resource_per_instance=20)
    assert summary.moves == 15
    await world.pass_(60.0)
    assert await moved(world) == 0
    assert str(hours) in waiting(world)
    assert world.engine.kind(KIND).orchestrating
    await world.until(lambda: not world.engine.kind(KIND).orchestrating, 1800.0, "it goes on", step=5.0)
    assert waiting(world) == ""
    assert await moved(world) == 15
    assert sorted(shard.used for shard in shards(world).values()) == [15, 15, 15, 15]


async def test_few_warm_up_at_once_and_all_arrive(make_world: MakeWorld) -> None:
    policy = replace(SMALL, move_policy=MovePolicy(rules=(MoveRule(warming=3),)))
    world = make_world(policy=policy, resource_per_instance=40)
    await at_rest(world, things(60))
    most = 0

    def look(*_: object) -> None:
        nonlocal most
        most = max(most, sum(shard.releasing for shard in shards(world).values()))

    world.on_commit = look
    await orchestrate(world, resource_per_instance=20)
    await world.until(lambda: not world.engine.kind(KIND).orchestrating, 600.0, "it ends", step=1.0)
    assert 1 <= most <= 3
    assert await moved(world) == 15


async def test_a_successor_remembers_what_was_moved_today(make_world: MakeWorld) -> None:
    policy = replace(SMALL, move_policy=MovePolicy(rules=(MoveRule(per_day=1),)))
    world = make_world(policy=policy, resource_per_instance=40)
    await at_rest(world, things(60))
    await orchestrate(world, resource_per_instance=20)
    await world.rest(60.0)
    first = {i for line in await journal(world, "move") for i in line.ids}
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.rest(60.0)
    await orchestrate(world, resource_per_instance=15)
    await world.pass_(60.0)
    lines = await journal(world, "move")
    both = [i for line in lines for i in line.ids]
    assert (len(first), len(both)) == (15, 24), "three of those that were moved are wanted, and wait"
    assert len(set(both)) == 24, "none was moved twice"
    assert "per-day" in waiting(world)
    assert world.engine.kind(KIND).orchestrating


async def test_a_shard_that_became_hot_is_relieved_by_weight(make_world: MakeWorld) -> None:
    policy = replace(
        SMALL, strategy=Strategy.WEIGHTED, extra_capacity=(1000,), dimensions=("memory",), init_instances=4
    )
    world = make_world(policy=policy)
    weights = {one: 5 + number % 7 for number, one in enumerate(things(80))}
    world.publisher.weigh = lambda resource_id: (1, weights[resource_id])
    await at_rest(world, weights)
    weights.update({one: weights[one] * 3 for one in owned_by(world, 0)})
    world.catalog.put(KIND, {one: (1, weight) for one, weight in weights.items()})
    summary = await orchestrate(world)
    await world.until(lambda: not world.engine.kind(KIND).orchestrating, 60.0, "it ends")
    loads = {number: sum(weights[one] for one in shard.ids()) for number, shard in shards(world).items()}
    assert max(loads.values()) <= 1.06 * sum(loads.values()) / len(loads)
    assert 0 < await moved(world) == summary.moves
