"""Weights that instances report: they count at once, move nothing by themselves, and go with their ids."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import Traits
from orchestrator.engine.answers import Assignment
from orchestrator.engine.answers.explanation import Weight
from orchestrator.engine.hearing import hear
from orchestrator.engine.tenure import Tenure
from orchestrator.engine.weighing import IMPOSSIBLE, MOST_AT_ONCE
from orchestrator.ports import Beat
from orchestrator.replay.run import as_recorded
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, orchestrate, owned_by, owner, shards, succeed, things
from tests.engine.test_recording import heads, recorded, recording
from tests.simulation.worker import SimulatedWorker
from tests.simulation.world import World

POLICY = KindPolicy(
    init_instances=3,
    strategy=Strategy.WEIGHTED,
    dimensions=("memory", "cpu"),
    extra_capacity=(100_000, 100_000),
    reported=("cpu",),
)


def weighing(make_world: MakeWorld, policy: KindPolicy = POLICY, **more: object) -> World:
    return make_world(policy=policy, **more)


def report(world: World, weights: dict[str, int], name: str = "cpu") -> None:
    """From now on each worker weighs those of these ids that it holds, in each beat."""

    def weigh(worker: SimulatedWorker) -> dict[str, dict[str, int]]:
        return {i: {name: weights[i]} for i in sorted(worker.held) if i in weights}

    world.workforce.weights = weigh


def tenure(world: World) -> Tenure:
    assert world.engine.term is not None
    return world.engine.term.stewards[KIND].tenure


def used(world: World) -> list[int]:
    """The cpu that weighs on each shard."""
    view = tenure(world).view
    return [view.load(number).used[2] for number in sorted(view.shards)]


def refused(world: World) -> int:
    """Values that were left out."""
    return world.engine.overview().counters[IMPOSSIBLE]


def commit(world: World) -> int:
    return tenure(world).view.state.commit


async def test_a_report_counts_at_once_and_moves_nothing_by_itself(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    assert used(world) == [10, 10, 10]
    before, hot = commit(world), sorted(owned_by(world, 1))
    report(world, dict.fromkeys(hot, 500))
    await world.pass_(20.0)
    assert used(world) == [10, 5000, 10]
    assert commit(world) == before
    # counts are even, and yet
    await orchestrate(world)
    await world.rest(60.0)
    assert max(used(world)) <= 2500
    assert sum(used(world)) == 5020
    assert {owner(world, i) for i in hot} == {0, 1, 2}


async def test_the_room_of_a_shard_is_what_its_ids_are_reported_to_leave(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    report(world, dict.fromkeys(things(30), 9_999))
    full = next(iter(owned_by(world, 2)))
    world.workforce.weights = lambda worker: {full: {"cpu": 99_990}} if full in worker.held else {}
    await world.pass_(20.0)
    # as many as there were before on each, and heavy enough to fit no more on that shard
    world.publisher.create(KIND, things(60, 30))
    await world.rest(60.0)
    assert len(owned_by(world, 2)) == 10
    assert used(world)[2] <= 100_000


async def test_a_row_that_is_read_again_leaves_the_reported_weight_as_it_is(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    report(world, {"t3": 700})
    await world.pass_(20.0)
    home = owner(world, "t3")
    assert home is not None
    world.catalog.put(KIND, {"t3": Traits((1, 40, 50)), "t4": Traits((1, 60, 70))})
    await world.engine.resync(KIND, actor="test")
    await world.pass_(10.0)
    view = tenure(world).view
    assert (view.weight("t3"), view.weight("t4")) == ((1, 40, 700), (1, 60, 70))
    # a message about it has its row alone read
    world.publisher.create(KIND, ["t3"])
    world.catalog.put(KIND, {"t3": Traits((1, 41, 50))})
    await world.pass_(10.0)
    assert view.weight("t3") == (1, 41, 700)
    await orchestrate(world)
    await world.rest(60.0)
    assert tenure(world).view.weight("t3") == (1, 41, 700)


async def test_an_id_that_is_created_again_begins_with_its_row(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    report(world, {"t3": 700})
    await world.pass_(20.0)
    report(world, {})
    world.publisher.delete(KIND, ["t3"])
    await world.rest(60.0)
    assert tenure(world).weighing.reported.is_empty
    world.publisher.create(KIND, ["t3"])
    world.catalog.put(KIND, {"t3": Traits((1, 2, 3))})
    await world.rest(60.0)
    assert tenure(world).view.weight("t3") == (1, 2, 3)


async def test_an_id_that_is_gone_without_a_word_is_forgotten_by_the_next_comparison(
    make_world: MakeWorld,
) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    known = tenure(world).weighing.reported
    for resource_id in ("gone", "t3"):
        known.take(resource_id, {"cpu": 5})
    await world.engine.resync(KIND, actor="test")
    assert set(known.ids()) == {"t3"}


async def test_what_is_not_theirs_or_not_asked_for_is_left_out_and_counted(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    others = sorted(owned_by(world, 0))[:2]
    memory = tenure(world).view.load(1).used[1]

    def weigh(worker: SimulatedWorker) -> dict[str, dict[str, int]]:
        if worker.spec.shard != 1:
            return {}
        own = min(worker.held)
        return {others[0]: {"cpu": 5}, "nobody": {"cpu": 5, "rate": 2}, own: {"memory": 9, "cpu": 77}}

    world.workforce.weights = weigh
    await world.pass_(20.0)
    assert refused(world) >= 4 and refused(world) % 4 == 0
    assert used(world) == [10, 86, 10]
    assert tenure(world).view.load(1).used[1] == memory, "memory comes from the rows alone"


async def test_a_kind_that_asks_for_no_weights_takes_none(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3))
    await at_rest(world, things(30))
    report(world, dict.fromkeys(things(30), 9))
    before = len(heads(await recorded(world), "pass"))
    await world.pass_(60.0)
    assert refused(world) > 30
    assert tenure(world).view.weights == {}
    assert len(heads(await recorded(world), "pass")) == before, "no beat wakes anybody"


async def test_a_new_leader_counts_the_rows_until_it_is_told_again(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    heavy = dict.fromkeys(sorted(owned_by(world, 1)), 300)
    report(world, heavy)
    await world.pass_(20.0)
    assert used(world) == [10, 3000, 10]
    before = commit(world)
    report(world, {})
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.pass_(20.0)
    assert used(world) == [10, 10, 10]
    report(world, heavy)
    await world.pass_(20.0)
    assert used(world) == [10, 3000, 10]
    assert {i: owner(world, i) for i in heavy} == dict.fromkeys(heavy, 1)
    assert commit(world) >= before


async def test_a_beat_on_a_channel_of_its_own_weighs_alike(make_world: MakeWorld) -> None:
    world = weighing(make_world, beats_over_http=False)
    await at_rest(world, things(30))
    own = min(owned_by(world, 1))
    beat = Beat(
        kind=KIND,
        shard=1,
        received=asyncio.get_running_loop().time(),
        incarnation=shards(world)[1].incarnation,
        weights={own: {"cpu": 77}, "nobody": {"cpu": 5, "rate": 6}},
        unweighable=3,
    )
    hear(tenure(world), beat, tenure(world).recorder.counters)
    hear(tenure(world), replace(beat, incarnation=0), tenure(world).recorder.counters)
    await world.pass_(5.0)
    assert used(world) == [10, 86, 10]
    assert refused(world) == 5, "a beat of an incarnation that is over weighs nothing"


async def test_many_reports_are_taken_over_a_part_at_a_time(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(2_500))
    report(world, dict.fromkeys(things(2_500), 3))
    await world.pass_(20.0)
    assert sum(used(world)) == 7_500
    told = heads(await recorded(world), "traits")
    assert sum(len(part["ids"]) for part in told) == 2_500
    assert max(len(part["ids"]) for part in told) == MOST_AT_ONCE


async def test_it_is_told_where_a_weight_comes_from(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    world.catalog.put(KIND, {"t3": Traits((1, 40, 50)), "t4": Traits()})
    await world.engine.resync(KIND, actor="test")
    report(world, {"t3": 120})
    await world.pass_(20.0)
    for name, memory, cpu, is_reported in (("t3", 40, 120, True), ("t4", 1, 1, False)):
        found = await world.engine.explain(KIND, name)
        assert found is not None
        assert [(one.value, one.reported) for one in found.weights] == [(memory, False), (cpu, is_reported)]
        assert isinstance(found.weights[0], Weight)


async def test_workers_are_asked_for_weights_by_each_leader_anew(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(30))
    assert await asked(world) == (("cpu",), 1)
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    assert await asked(world) == (("cpu",), 2)


async def asked(world: World) -> tuple[tuple[str, ...], int]:
    """What the answer to an exchange of the first shard asks for, and in which term."""
    shard = shards(world)[0]
    beat = Beat(
        kind=KIND, shard=0, received=0.0, incarnation=shard.incarnation, generation=-1, pending=frozenset()
    )
    answer = await world.engine.exchange(beat)
    assert isinstance(answer, Assignment)
    return answer.weigh, answer.term


async def test_a_history_with_reports_runs_again_to_the_same_end(make_world: MakeWorld) -> None:
    world = weighing(make_world)
    await at_rest(world, things(60))
    report(world, {i: 100 * (number % 7) for number, i in enumerate(things(60))})
    await world.pass_(20.0)
    await orchestrate(world)
    world.publisher.create(KIND, things(20, 60))
    await world.rest(60.0)
    report(world, {i: 50 * (number % 5) for number, i in enumerate(things(80))})
    await world.pass_(20.0)
    await orchestrate(world)
    await world.rest(60.0)
    found = await recording(world)
    run = as_recorded(found, POLICY)
    assert run.differences is not None
    assert (run.differences.ids, run.differences.elsewhere, run.differences.adopted) == (80, 0, 0)
    assert found.end is not None
    assert dict(found.end.weights) == dict(tenure(world).view.weights)
