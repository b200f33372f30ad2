"""The load of the instances decides how many there are: in virtual time, with workers that report it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from orchestrator.core.elastic.policy import Bearing, ElasticMode, ElasticPolicy
from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.engine.answers.elastic import Sizing
from orchestrator.ports import Usage
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, orchestrate, shards, succeed, things
from tests.simulation.worker import SimulatedWorker
from tests.simulation.world import World

ELASTIC = ElasticPolicy(
    mode=ElasticMode.ACT,
    bearings=(Bearing("rate", 100, 0.5),),
    half_life=20.0,
    stale_after=20.0,
    shrink_after=120.0,
    cooldown=60.0,
    grow_step=10,
    shrink_step=1,
)


def elastic(world: MakeWorld, policy: ElasticPolicy = ELASTIC, **more: object) -> World:
    return world(policy=KindPolicy(init_instances=3, elastic=policy), **more)


def each(world: World, rate: float, name: str = "rate") -> None:
    """From now on every id costs its worker so much."""

    def load(worker: SimulatedWorker) -> dict[str, int]:
        return {name: round(rate * len(worker.held))}

    world.workforce.loads = load


def sizing(world: World) -> Sizing:
    return world.engine.sizing(KIND)


async def test_a_load_that_rises_makes_the_kind_grow_to_what_it_needs(make_world: MakeWorld) -> None:
    world = elastic(make_world)
    each(world, 1.0)
    await at_rest(world, things(120))
    await world.pass_(100.0)
    assert len(shards(world)) == 3
    each(world, 4.0)
    # 480 in all, of which one is to bear 50
    await world.until(lambda: len(shards(world)) == 10, 90.0, "it has grown")
    await world.pass_(300.0)
    assert len(shards(world)) == 10
    lines = await journal(world, "size")
    assert [(line.reason, line.actor, line.count) for line in lines] == [("measured", "elastic", 10)]
    assert "rate is at" in lines[0].detail and "3 -> 10" in lines[0].detail
    created = await journal(world, "create-shard")
    assert {line.actor for line in created[-7:]} == {"elastic"}


async def test_a_load_that_falls_drains_one_shard_after_the_other(make_world: MakeWorld) -> None:
    world = elastic(make_world)
    each(world, 4.0)
    await at_rest(world, things(120))
    await world.until(lambda: len(shards(world)) == 10, 90.0, "it has grown")
    await world.pass_(200.0)
    each(world, 1.5)
    fewest = []

    def watch(transaction: object) -> None:
        active = sum(1 for shard in shards(world).values() if shard.is_active)
        if not fewest or fewest[-1] != active:
            fewest.append(active)

    world.on_commit = watch
    # 180 in all: five bear it within the band, four would be over it
    await world.until(lambda: len(shards(world)) == 5, 1200.0, "it has shrunk", step=1.0)
    await world.rest(60.0)
    await world.pass_(400.0)
    assert len(shards(world)) == 5
    assert fewest[-5:] == [9, 8, 7, 6, 5] or fewest == [9, 8, 7, 6, 5]
    stopped = [line for line in await journal(world, "drain-shard") if line.actor == "elastic"]
    assert len(stopped) in (0, 5), "where draining is told of, it is told who asked for it"


async def test_shards_that_say_nothing_hold_the_kind_as_it_is(make_world: MakeWorld) -> None:
    world = elastic(make_world)
    each(world, 4.0)
    await at_rest(world, things(120))
    await world.until(lambda: len(shards(world)) == 10, 90.0, "it has grown")
    await world.pass_(100.0)

    def silent(worker: SimulatedWorker) -> dict[str, int]:
        return {} if worker.spec.shard == 4 else {"rate": 1}

    world.workforce.loads = silent
    await world.pass_(600.0)
    assert len(shards(world)) == 10
    use = sizing(world).advice.uses[0]
    assert (use.known, use.unknown) == (9, (4,))
    assert "shard 4 is not known" in sizing(world).advice.why
    each(world, 0.1)
    await world.until(lambda: len(shards(world)) < 10, 200.0, "all are heard again")


async def test_advice_is_given_and_not_followed_in_mode_advise(make_world: MakeWorld) -> None:
    world = elastic(make_world, ElasticPolicy(mode=ElasticMode.ADVISE, bearings=ELASTIC.bearings))
    each(world, 4.0)
    await at_rest(world, things(120))
    await world.pass_(120.0)
    found = sizing(world)
    assert (found.mode, found.advice.verb, found.advice.now, found.advice.shards) == ("advise", "grow", 3, 10)
    assert (found.advice.saves, dict(found.advice.saving)) == (-7, {"rate": -700})
    assert world.engine.kind(KIND).sizing.startswith("10 shards instead of 3: rate is at ")
    assert {use.shard: use.load["rate"] for use in found.shards} == dict.fromkeys(range(3), 160)
    assert found.shards[0].utilisation["rate"] == 1.6
    assert len(shards(world)) == 3


async def test_without_elasticity_the_count_alone_decides(world: World) -> None:
    each(world, 40.0)
    await at_rest(world, things(120))
    await world.pass_(300.0)
    found = sizing(world)
    assert (found.mode, found.by_count, found.advice.shards, len(shards(world))) == ("off", 10, 10, 10)
    assert (found.advice.verb, found.advice.uses, world.engine.kind(KIND).sizing) == ("hold", (), "")
    assert (found.ceiling_instances, found.ceiling_resources) == (100, 5000)


async def test_who_asks_for_an_orchestration_keeps_what_the_load_asked_for(make_world: MakeWorld) -> None:
    world = elastic(make_world, resource_per_instance=60)
    each(world, 4.0)
    await at_rest(world, things(120))
    await world.until(lambda: len(shards(world)) == 10, 90.0, "it has grown")
    await world.pass_(100.0)
    kept = await orchestrate(world)
    assert (kept.shards_after, kept.changed) == (10, False)
    # the count asks for more than the load does
    more = await orchestrate(world, resource_per_instance=10)
    assert more.shards_after == 13
    # and whoever wants fewer at once lowers the maximum
    fewer = await orchestrate(world, resource_per_instance=60, max_instances=6)
    assert fewer.shards_after == 6
    await world.rest(120.0)
    await world.pass_(300.0)
    assert len(shards(world)) == 6
    assert "6 are the most that are allowed" in sizing(world).advice.why


async def test_nothing_is_sized_while_an_orchestration_is_under_way_or_an_alarm_stands(
    make_world: MakeWorld,
) -> None:
    world = elastic(make_world, resource_per_instance=60, max_instances=20)
    each(world, 1.0)
    await at_rest(world, things(120))
    world.publisher.delete(KIND, things(80), tell=False)
    await world.engine.resync(KIND, actor="test")
    each(world, 6.0)
    await world.pass_(100.0)
    assert len(shards(world)) == 3
    assert sizing(world).waits.startswith("an alarm stands: 80 removals are held")
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, "paused": True})
    await world.engine.resync(KIND, actor="test")
    await world.pass_(10.0)
    assert sizing(world).waits == "the kind is paused"
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: {**body, "paused": False})
    assert await journal(world, "size") == []
    each(world, 0.0)
    world.publisher.create(KIND, things(80), tell=False)
    await world.engine.resync(KIND, actor="test")


async def test_two_changes_are_a_cooldown_apart(make_world: MakeWorld) -> None:
    world = elastic(make_world, ElasticPolicy(**{**_fields(ELASTIC), "grow_step": 2}))
    each(world, 4.0)
    await at_rest(world, things(120))
    at: list[float] = []
    sizes = [3]

    def watch(transaction: object) -> None:
        active = sum(1 for shard in shards(world).values() if shard.is_active)
        if active != sizes[-1]:
            sizes.append(active)
            at.append(world.loop.time())

    world.on_commit = watch
    await world.until(lambda: len(shards(world)) == 10, 600.0, "it has grown", step=1.0)
    assert sizes == [3, 5, 7, 9, 10]
    assert all(after - before >= 60.0 for before, after in pairwise(at))


async def test_what_has_no_room_is_refused_and_asked_for_again_only_after_the_cooldown(
    make_world: MakeWorld,
) -> None:
    world = elastic(make_world)
    each(world, 1.0)
    await at_rest(world, things(120))
    world.runtime.room = 2
    each(world, 4.0)
    await world.pass_(130.0)
    assert len(shards(world)) == 3
    refused = [line.detail for line in await journal(world, "size") if line.detail.startswith("refused")]
    assert 1 <= len(refused) <= 3
    assert "room for 2, not for 7" in refused[0]
    world.runtime.room = None
    await world.until(lambda: len(shards(world)) == 10, 90.0, "it has grown")


async def test_what_the_runtime_measures_counts_before_what_workers_say(make_world: MakeWorld) -> None:
    policy = ElasticPolicy(**{**_fields(ELASTIC), "bearings": (Bearing("cpu", 1000, 0.5),)})
    world = elastic(make_world, policy)
    each(world, 0.0, "cpu")
    await at_rest(world, things(120))

    def measured(cpu: int) -> None:
        for number, shard in shards(world).items():
            world.runtime.used[KIND, number] = Usage(
                incarnation=shard.incarnation, at=world.clock.wall(), cpu=cpu, memory=1
            )

    for _ in range(12):
        measured(700)
        await asyncio.sleep(5.0)
    assert len(shards(world)) == 5
    world.runtime.fail("usage", times=100)
    await world.pass_(60.0)
    found = sizing(world)
    assert found.trouble == "told to fail"
    assert {use.load["cpu"] for use in found.shards} == {0}, (
        "what workers say is taken where it measures nothing"
    )


async def test_a_new_leader_watches_before_it_follows(make_world: MakeWorld) -> None:
    world = elastic(make_world)
    each(world, 4.0)
    await at_rest(world, things(120))
    await world.until(lambda: len(shards(world)) == 10, 90.0, "it has grown")
    await world.pass_(100.0)
    each(world, 1.0)
    await world.pass_(60.0)
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.pass_(110.0)
    assert len(shards(world)) == 10, "the window begins anew"
    await world.until(lambda: len(shards(world)) < 10, 120.0, "it shrinks")


async def test_impossible_values_are_counted(make_world: MakeWorld) -> None:
    world = elastic(make_world)
    each(world, -1.0)
    await at_rest(world, things(120))
    await world.pass_(60.0)
    found = sizing(world)
    assert found.ignored["rate"] > 0
    assert (found.advice.verb, len(shards(world))) == ("unknown", 3)


def _fields(policy: ElasticPolicy) -> dict[str, object]:
    return {name: getattr(policy, name) for name in policy.__slots__}


@pytest.mark.parametrize("shards_asked", [0, 7, 500])
async def test_a_number_that_is_asked_for_stays_within_count_and_maximum(
    make_world: MakeWorld, shards_asked: int
) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), max_instances=20)
    await at_rest(world, things(30))
    assert world.leader is not None and world.engine.term is not None
    steward = world.engine.term.stewards[KIND]
    answer = await steward.orchestrate(
        max_instances=None, resource_per_instance=None, dry_run=True, actor="test", shards=shards_asked
    )
    assert isinstance(answer, OrchestrationSummary)
    assert answer.shards_after == min(20, max(3, shards_asked))


async def test_who_is_in_quarantine_does_not_keep_the_kind_from_growing(make_world: MakeWorld) -> None:
    world = elastic(make_world, resource_per_instance=60, max_instances=20)
    each(world, 1.0)
    await at_rest(world, things(120))
    await world.engine.quarantine_add(KIND, "t1", seconds=100_000, why="", actor="test")
    await world.pass_(5.0)
    assert any("in quarantine" in alarm for alarm in world.engine.kind(KIND).alarms)
    each(world, 2.0)
    await world.until(lambda: len(shards(world)) == 5, 200.0, "it has grown", step=1.0)
