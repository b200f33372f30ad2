"""Ids that end their instances, in virtual time: found, set apart, tried again, and nobody else is."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from orchestrator.core.decisions import Refused
from orchestrator.core.moves.policy import MovePolicy, MoveRule
from orchestrator.core.poison.quarantine import Entry, quarantine_in
from orchestrator.core.policy import Acts, HealthPolicy, KindPolicy, PoisonPolicy
from orchestrator.ports import InstanceSpec
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, orchestrate, owner, things
from tests.simulation.node import Node
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

ACTS = PoisonPolicy(acts=Acts.ACT, expire=1800.0)
POLICY = KindPolicy(init_instances=4, poison=ACTS)
QUICK = HealthPolicy(stable_after=10.0)


def kill_holders(world: World, *ids: str, after: float = 0.0) -> None:
    """From now on whoever begins to hold one of these ids ends."""
    temper = Temper(poison=frozenset(ids), poison_s=after)
    world.workforce.tempers = lambda spec: temper
    for worker in world.workforce.alive.values():
        worker.temper = temper


def quarantine(world: World) -> dict[str, Entry]:
    seen = world.documents.seen.get(KIND)
    return {} if seen is None else dict(quarantine_in(seen.loaded.papers))


def apart(world: World) -> set[str]:
    return {i for i, entry in quarantine(world).items() if entry.tried is None}


def counts(world: World):
    return world.engine.kind(KIND).counts


def is_consistent(world: World) -> bool:
    found = counts(world)
    parts = found.owned + found.arriving + found.moving + found.held + found.unowned + found.quarantined
    return found.catalog == parts


async def settled_with(world: World, ids: set[str], within: float) -> float:
    """Wait until exactly these are in quarantine and everybody else is served."""
    took = await world.until(lambda: apart(world) == ids, within, f"{ids} are in quarantine")
    await world.rest(120.0)
    assert apart(world) == ids
    return took


async def test_an_id_that_came_before_its_instance_crashed_again_and_again_is_set_apart(
    make_world: MakeWorld,
) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(400))
    await world.pass_(60.0)
    kill_holders(world, "bad")
    world.publisher.create(KIND, ["bad"])
    took = await settled_with(world, {"bad"}, 60.0)
    assert took < 60.0
    assert owner(world, "bad") is None
    entry = quarantine(world)["bad"]
    assert entry.by == "shardwright"
    assert sum("ended" in line for line in entry.evidence) >= 3
    found = counts(world)
    assert (found.catalog, found.owned, found.unowned, found.quarantined) == (401, 400, 0, 1)
    kind = world.engine.kind(KIND)
    assert any("bad" in alarm for alarm in kind.alarms)
    assert [one.reason for one in kind.unplaced] == ["quarantined"]
    # nothing else was ever without an owner: only the newcomer was set aside
    lines = [line for line in await journal(world, "release") if line.reason == "set-aside"]
    assert {i for line in lines for i in line.ids} == {"bad"}


async def test_a_crash_loop_of_which_nothing_is_known_is_searched_by_halves(make_world: MakeWorld) -> None:
    world = make_world(policy=POLICY, health=QUICK)
    kill_holders(world, "t77", after=0.2)
    world.publisher.create(KIND, things(400), tell=False)
    world.add_node()
    sums = []
    world.on_commit = lambda transaction: sums.append(transaction.op)
    await world.until(lambda: apart(world) == {"t77"}, 400.0, "the culprit is found")
    await world.rest(60.0)
    trials = await journal(world, "trial")
    assert any("found in" in line.detail for line in trials)
    steps = int(next(line.detail for line in trials if "found in" in line.detail).split()[-2])
    assert steps <= 9
    assert counts(world).owned == 399


async def test_the_others_of_a_tried_shard_come_back_to_it(make_world: MakeWorld) -> None:
    world = make_world(policy=POLICY, health=QUICK)
    world.publisher.create(KIND, things(400), tell=False)
    world.add_node()
    await world.rest(30.0)
    before = {i: owner(world, i) for i in things(400)}
    kill_holders(world, "t9")
    number = before["t9"]
    assert number is not None
    worker = world.workforce.alive[KIND, number]
    world.runtime.end(KIND, number, worker.spec.incarnation, "exit code 1")
    await world.until(lambda: apart(world) == {"t9"}, 400.0, "the culprit is found")
    await world.rest(60.0)
    assert {i: owner(world, i) for i in things(400) if i != "t9"} == {
        i: n for i, n in before.items() if i != "t9"
    }


async def test_two_culprits_of_one_shard_are_both_found(make_world: MakeWorld) -> None:
    policy = replace(POLICY, init_instances=1)
    world = make_world(policy=policy, health=QUICK)
    kill_holders(world, "t3", "t190")
    world.publisher.create(KIND, things(200), tell=False)
    world.add_node()
    await settled_with(world, {"t3", "t190"}, 900.0)


async def test_an_id_that_moves_and_takes_the_next_instance_down_is_found_by_intersection(
    make_world: MakeWorld,
) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(100))
    await world.pass_(60.0)
    kill_holders(world, "bad", after=40.0)
    world.publisher.create(KIND, ["bad"])
    await world.until(lambda: owner(world, "bad") is not None, 5.0, "it is placed")
    first = owner(world, "bad")
    await world.until(lambda: crashes(world) == 2, 200.0, "its first instance crashed twice")
    world.publisher.delete(KIND, ["bad"])
    await world.pass_(5.0)
    world.publisher.create(KIND, ["other"])
    await world.pass_(1.0)
    world.publisher.create(KIND, ["bad"])
    await world.until(lambda: owner(world, "bad") not in (None, first), 5.0, "it is elsewhere")
    await world.until(lambda: apart(world) == {"bad"}, 300.0, "its next instance is tried without it")
    assert crashes(world) == 4
    lines = [line for line in await journal(world, "release") if line.reason == "set-aside"]
    assert {i for line in lines for i in line.ids} == {"bad"}


def crashes(world: World) -> int:
    return world.engine.counters["instances.crashed"]


async def test_nobody_is_accused_when_the_template_is_bad(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(100))
    world.workforce.tempers = lambda spec: Temper(crashes_after=0.5)
    for worker in list(world.workforce.alive.values()):
        world.runtime.end(KIND, worker.spec.shard, worker.spec.incarnation, "exit code 1")
    await world.pass_(900.0)
    assert quarantine(world) == {}
    assert not await journal(world, "trial")
    assert any("no id in common" in alarm for alarm in world.engine.kind(KIND).alarms)


async def test_one_shard_that_crashes_whatever_it_holds_is_let_be(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(100))

    def temper(spec: InstanceSpec) -> Temper:
        return Temper(crashes_after=1.0) if spec.shard == 2 else Temper()

    world.workforce.tempers = temper
    worker = world.workforce.alive[KIND, 2]
    world.runtime.end(KIND, 2, worker.spec.incarnation, "exit code 1")
    await world.pass_(500.0)
    assert quarantine(world) == {}
    assert counts(world).quarantined == 0
    world.workforce.tempers = lambda spec: Temper()
    await world.rest(120.0)
    assert counts(world).owned == 100


async def test_ends_that_somebody_asked_for_accuse_nobody(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(100))
    for how in ("ended by SIGKILL", "exit code 143 (SIGTERM)", "exit code 0", "its pod was deleted") * 3:
        worker = world.workforce.alive[KIND, 1]
        world.runtime.end(KIND, 1, worker.spec.incarnation, how)
        await world.pass_(20.0)
    assert crashes(world) == 0
    assert quarantine(world) == {}


async def poisoned(make_world: MakeWorld) -> World:
    """A hundred resources, and a bad one that came later and is set apart."""
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(100))
    await world.pass_(60.0)
    kill_holders(world, "bad")
    world.publisher.create(KIND, ["bad"])
    await settled_with(world, {"bad"}, 60.0)
    return world


async def test_when_its_time_is_over_an_id_is_tried_again_and_let_out_when_it_has_mended(
    make_world: MakeWorld,
) -> None:
    world = await poisoned(make_world)
    kill_holders(world)
    await world.until(lambda: owner(world, "bad") is not None, 2000.0, "it is tried again", step=5.0)
    await world.until(lambda: quarantine(world) == {}, 60.0, "it has stood the test")
    assert counts(world).owned == 101


async def test_an_id_that_kills_again_is_set_apart_for_twice_as_long_after_one_crash(
    make_world: MakeWorld,
) -> None:
    world = await poisoned(make_world)
    before = crashes(world)
    await world.until(lambda: quarantine(world)["bad"].times == 2, 2000.0, "it killed again", step=5.0)
    await world.rest(60.0)
    entry = quarantine(world)["bad"]
    assert crashes(world) == before + 1
    assert entry.until - entry.since == 2 * ACTS.expire


async def test_what_people_set_apart_is_released_and_what_they_lift_is_placed_again(
    make_world: MakeWorld,
) -> None:
    world = await at_rest(make_world(policy=POLICY), things(40))
    added = await world.engine.quarantine_add(KIND, "t5", seconds=60.0, why="smells", actor="me")
    assert not isinstance(added, Refused)
    await world.rest(10.0)
    assert (owner(world, "t5"), counts(world).quarantined, counts(world).owned) == (None, 1, 39)
    assert is_consistent(world)
    (listed,) = world.engine.quarantine(KIND)
    assert (listed.id, listed.by, listed.evidence) == ("t5", "me", ("smells",))
    await world.engine.resync(KIND, actor="me")
    assert owner(world, "t5") is None
    assert await world.engine.quarantine_lift(KIND, "t5", actor="me")
    await world.rest(10.0)
    assert owner(world, "t5") is not None
    assert not await world.engine.quarantine_lift(KIND, "t5", actor="me")


async def test_an_orchestration_places_no_id_that_is_in_quarantine(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY), things(40))
    await world.engine.quarantine_add(KIND, "t5", seconds=600.0, why="", actor="me")
    await world.rest(10.0)
    await orchestrate(world, resource_per_instance=5)
    await world.rest(60.0)
    assert owner(world, "t5") is None


async def test_the_quarantine_outlives_its_leader(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY), things(40), nodes=2)
    await world.engine.quarantine_add(KIND, "t5", seconds=600.0, why="", actor="me")
    await world.rest(10.0)
    await change_leader(world)
    await world.rest(60.0)
    assert (owner(world, "t5"), counts(world).quarantined) == (None, 1)
    assert [one.id for one in world.engine.quarantine(KIND)] == ["t5"]


async def change_leader(world: World) -> Node:
    leader = world.leader
    assert leader is not None
    leader.crash()
    await world.until(lambda: world.leader not in (None, leader), 60.0, "another leads")
    assert world.leader is not None
    return world.leader


async def test_a_trial_that_its_leader_does_not_outlive_loses_nothing(make_world: MakeWorld) -> None:
    world = make_world(policy=replace(POLICY, init_instances=2), health=QUICK)
    kill_holders(world, "t7", after=0.2)
    world.publisher.create(KIND, things(100), tell=False)
    world.add_node("a")
    await asyncio.sleep(0.01)
    world.add_node("b")
    await world.until(lambda: world.leader is not None and ready(world), 30.0, "it leads")
    await world.until(lambda: counts(world).quarantined > 1, 200.0, "a trial runs")
    assert is_consistent(world)
    await change_leader(world)
    await world.until(lambda: apart(world) == {"t7"}, 600.0, "the next leader finds it")
    await world.rest(60.0)


def ready(world: World) -> bool:
    assert world.leader is not None and world.leader.engine is not None
    return world.leader.engine.overview().ready


async def test_advice_names_the_suspects_and_changes_nothing(make_world: MakeWorld) -> None:
    policy = replace(POLICY, poison=replace(ACTS, acts=Acts.ADVISE))
    world = await at_rest(make_world(policy=policy, health=QUICK), things(100))
    await world.pass_(60.0)
    kill_holders(world, "bad")
    world.publisher.create(KIND, ["bad"])
    said = "thing-0 crashed again and again; suspected: bad"
    await world.until(lambda: said in world.engine.kind(KIND).alarms, 30.0, "people are told")
    await world.pass_(60.0)
    assert quarantine(world) == {}
    assert not await journal(world, "trial")
    kill_holders(world)
    await world.rest(120.0)
    await world.pass_(60.0)
    assert world.engine.kind(KIND).alarms == ()


async def test_no_more_than_the_bound_are_set_apart_without_being_asked(make_world: MakeWorld) -> None:
    policy = replace(POLICY, init_instances=4, poison=replace(ACTS, most=2, ratio=1.0))
    world = await at_rest(make_world(policy=policy, health=QUICK), things(100))
    await world.pass_(60.0)
    bad = [f"bad{number}" for number in range(4)]
    kill_holders(world, *bad)
    for one in bad:
        world.publisher.create(KIND, [one])
        await world.pass_(90.0)
        assert len(apart(world)) <= 2
        assert counts(world).quarantined <= 2 + 30


async def test_a_catalog_that_lists_nothing_for_a_while_lets_nobody_out_of_quarantine(
    make_world: MakeWorld,
) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(200))
    await world.engine.quarantine_add(KIND, "t1", seconds=5000, why="", actor="test")
    await world.pass_(10.0)
    world.publisher.delete(KIND, things(200), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(10.0)
    world.publisher.create(KIND, things(200), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.pass_(10.0)
    assert (apart(world), owner(world, "t1")) == ({"t1"}, None)


async def test_an_entry_of_a_time_that_is_yet_to_come_is_tried_again(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(100))
    await world.engine.quarantine_add(KIND, "t1", seconds=600, why="", actor="test")
    path = world.documents.layout.paper(KIND, "quarantine")
    ahead = world.clock.wall() + 10 * 365 * 86_400

    def written_by_a_wrong_clock(body: dict[str, object]) -> dict[str, object]:
        entry = body["t1"]
        assert isinstance(entry, dict)
        return {"t1": {**entry, "since": ahead, "until": ahead + 600}}

    world.documents.by_hand(path, written_by_a_wrong_clock)
    await world.engine.resync(KIND, actor="test")
    await world.until(lambda: owner(world, "t1") is not None, 120.0, "it is tried again")
    await world.until(lambda: quarantine(world) == {}, 120.0, "it has stood the test")


async def test_what_a_trial_sets_aside_has_not_moved(make_world: MakeWorld) -> None:
    free = MovePolicy(rules=(MoveRule(per_day=1),))
    world = make_world(policy=replace(POLICY, move_policy=free), health=QUICK)
    kill_holders(world, "t77", after=0.2)
    world.publisher.create(KIND, things(400), tell=False)
    world.add_node()
    await world.until(lambda: apart(world) == {"t77"}, 400.0, "the culprit is found")
    await world.rest(60.0)
    recent = world.engine._steward(KIND).tenure.moves.recent
    assert not [i for i in things(400) if recent.times(i)]


async def test_an_outage_that_begins_during_a_trial_accuses_nobody(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(400))
    number = owner(world, "t77")
    assert number is not None
    kill_holders(world, "t77")
    world.runtime.end(KIND, number, world.workforce.alive[KIND, number].spec.incarnation, "exit code 1")
    await world.until(lambda: counts(world).quarantined > 0, 200.0, "a trial has begun")
    # whatever they hold, they end: what they all need is away
    kill_holders(world, *things(400), after=0.5)
    for worker in list(world.workforce.alive.values()):
        if worker.held:
            world.runtime.end(KIND, worker.spec.shard, worker.spec.incarnation, "exit code 1")
    await world.pass_(600.0)
    assert quarantine(world) == {}
    kill_holders(world)
    await world.rest(400.0)
    assert (counts(world).owned, quarantine(world)) == (400, {})
