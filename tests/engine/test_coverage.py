"""The ledger of coverage, held against what the world itself knows of who holds what."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from typing import Any

import pytest

from orchestrator.core.coverage.ledger import Ledger
from orchestrator.core.policy import HealthPolicy, KindPolicy
from orchestrator.engine.answers.coverage import CoverageStatus
from orchestrator.ports import InstanceSpec, Notification, Witness
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import (
    KIND,
    at_rest,
    is_live,
    journal,
    orchestrate,
    owned_by,
    shards,
    succeed,
    things,
)
from tests.engine.test_exchange import beat
from tests.simulation.story import Broken
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

STEP_S = 0.02


def coverage(world: World) -> CoverageStatus:
    return world.engine.coverage(KIND)


def now(world: World) -> tuple[int, int, int]:
    """Unowned, unknown, double-owned."""
    found = coverage(world)
    return found.unowned, found.unknown, found.double_owned


def nobodys(world: World) -> set[str]:
    """The ids of the catalog that no worker serves; one that is frozen serves nothing."""
    served: set[str] = set()
    for worker in world.workforce.alive.values():
        if not world.loop.is_frozen(worker.label):
            served |= worker.held
    return world.catalog.ids(KIND) - served


async def watched(world: World, seconds: float) -> float:
    """Let time pass; the sum over the ids of the time for which nobody served them, as the world knows it."""
    end, total = world.loop.time() + seconds, 0.0
    while world.loop.time() < end:
        total += len(nobodys(world)) * STEP_S
        await asyncio.sleep(STEP_S)
        world.story.close()
    return total


async def test_where_all_is_well_nothing_is_counted_and_nothing_is_kept(world: World) -> None:
    await at_rest(world, things(200))
    assert now(world) == (0, 0, 0)
    before = coverage(world)
    await world.pass_(60.0)
    after = coverage(world)
    assert (after.unowned_seconds, after.unknown_seconds) == (before.unowned_seconds, before.unknown_seconds)
    assert (after.worst, after.alarms, after.store) == ((), (), 200)
    steward = world.engine._steward(KIND)
    assert not steward.tenure.coverage.ledger.open.named


async def test_new_ids_are_unowned_until_their_instance_has_acknowledged_them(world: World) -> None:
    world.workforce.tempers = lambda spec: Temper(acquire_s=0.0)
    await at_rest(world, things(30))
    before = coverage(world).unowned_seconds
    world.publisher.create(KIND, ["new"])
    total = await watched(world, 3.0)
    assert now(world) == (0, 0, 0)
    assert coverage(world).unowned_seconds - before == pytest.approx(total, abs=0.1)


async def test_ids_that_no_message_named_are_seen_at_the_next_resync(make_world: MakeWorld) -> None:
    world = make_world(
        policy=KindPolicy(init_instances=3), resync_interval=20.0, max_instances=3, resource_per_instance=10
    )
    await at_rest(world, things(30))
    # there is no room for them, so that they stay unowned
    world.publisher.create(KIND, [f"dropped{number}" for number in range(40)], tell=False)
    began = world.loop.time()
    await world.until(lambda: coverage(world).unowned == 40, 22.0, "the ledger has them")
    assert world.loop.time() - began <= 21.0
    assert {one.id for one in coverage(world).worst} <= nobodys(world)
    await orchestrate(world, resource_per_instance=50)
    await world.rest(60.0)
    assert now(world) == (0, 0, 0)


async def test_a_stopped_publisher_costs_a_resync_at_most(make_world: MakeWorld) -> None:
    """What the ledger has not counted, the world had before the resync that found it."""
    world = await at_rest(make_world(resync_interval=20.0), things(30))
    world.weather.lost_notification = 1.0
    before, total = coverage(world).unowned_seconds, 0.0
    for number in range(5):
        world.publisher.create(KIND, [f"silent{number}"])
        total += await watched(world, 9.0)
    total += await watched(world, 25.0)
    counted = coverage(world).unowned_seconds - before
    assert total - 5 * 21.0 <= counted <= total + 0.5


async def test_an_instance_that_hangs_is_unknown_and_then_unowned_until_another_serves(world: World) -> None:
    await at_rest(world, things(50))
    await world.pass_(35.0)
    mine = owned_by(world, 2)
    before = coverage(world)
    world.workforce.freeze(KIND, 2)
    counting = asyncio.ensure_future(watched(world, 60.0))
    await world.until(lambda: now(world) == (0, len(mine), 0), 10.0, "it is late")
    await world.until(lambda: now(world) == (len(mine), 0, 0), 15.0, "it is lost")
    worst = coverage(world).worst
    assert [(one.shard, one.count, one.state) for one in worst] == [(2, len(mine), "unowned")]
    assert any(one in worst[0].why for one in mine)
    total = await counting
    await world.rest(60.0)
    after = coverage(world)
    assert now(world) == (0, 0, 0)
    counted = after.unowned_seconds - before.unowned_seconds + after.unknown_seconds - before.unknown_seconds
    # until it is late nobody can know
    assert total - len(mine) * 6.6 <= counted <= total + len(mine) * 0.5


async def test_an_instance_that_ends_is_counted_from_then_on(world: World) -> None:
    await at_rest(world, things(50))
    before = coverage(world).unowned_seconds
    world.workforce.crash(KIND, 1)
    total = await watched(world, 20.0)
    await world.rest(30.0)
    counted = coverage(world).unowned_seconds - before
    assert counted == pytest.approx(total, rel=0.2, abs=len(owned_by(world, 1)) * 0.1)


async def test_a_move_is_counted_while_nobody_holds_the_id(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), resource_per_instance=100)
    world.workforce.tempers = lambda spec: Temper(release_s=0.5)
    await at_rest(world, things(60))
    before = coverage(world)
    await orchestrate(world, resource_per_instance=10)
    total = await watched(world, 60.0)
    await world.rest(60.0)
    after = coverage(world)
    counted = after.unowned_seconds - before.unowned_seconds
    assert now(world) == (0, 0, 0)
    assert counted == pytest.approx(total, rel=0.3, abs=2.0)
    assert after.double_owned_seconds == 0.0


async def test_a_new_leader_does_not_know_until_it_has_heard(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(), things(50))
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    world.workforce.muted = {(KIND, 3)}
    mine = len(owned_by(world, 3))
    await world.until(lambda: now(world) == (0, mine, 0), 12.0, "all but one were heard")
    assert coverage(world).unknown_seconds > 0.0
    assert coverage(world).unowned_seconds == 0.0
    world.workforce.muted = set()
    await world.until(lambda: now(world) == (0, 0, 0), 10.0, "all were heard")


async def test_while_the_catalog_is_away_what_a_message_named_is_unknown(world: World) -> None:
    await at_rest(world, things(30))
    world.weather.out.add("catalog")
    world.publisher.create(KIND, ["new"])
    await world.until(lambda: now(world) == (0, 1, 0), 3.0, "it may be one")
    world.publisher.create(KIND, ["gone"])
    world.catalog.drop(KIND, ["gone"])
    await world.until(lambda: now(world) == (0, 2, 0), 3.0, "so may the other")
    await world.until(lambda: coverage(world).catalog_trouble != "", 20.0, "the catalog is told to be away")
    world.weather.out.discard("catalog")
    await world.rest(30.0)
    await world.until(lambda: now(world) == (0, 0, 0), 30.0, "both are known")


async def test_an_id_that_stands_twice_in_the_store_is_told_at_once_and_healed(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(resync_interval=20.0), things(30))
    victim = min(owned_by(world, 1))
    world.weather.latency_s = 0.05
    world.documents._rules._once = lambda *_: None  # type: ignore[method-assign]
    layout = world.documents.layout
    path = next(p for p in world.documents.documents if p.startswith(layout.shard(KIND, 4) + "/resources/"))
    world.documents.by_hand(path, lambda body: {**body, "ids": [*body["ids"], victim]})  # type: ignore[misc]
    await world.until(lambda: coverage(world).double_owned == 1, 45.0, "it is seen", step=0.005)
    assert coverage(world).worst[0].id == victim
    await world.until(lambda: coverage(world).double_owned == 0, 45.0, "it is healed")
    assert coverage(world).double_owned_seconds > 0.0


async def test_an_earlier_instance_that_still_asks_is_two_at_once(world: World) -> None:
    await at_rest(world, things(30))
    mine = len(owned_by(world, 2))
    await world.engine.exchange(beat(world, 2, incarnation=shards(world)[2].incarnation - 1))
    assert now(world) == (0, 0, mine)
    await world.until(lambda: any("by two at once" in one for one in coverage(world).alarms), 2.0, "an alarm")
    assert any("by two at once" in one for one in world.engine.kind(KIND).alarms)
    await world.until(lambda: now(world) == (0, 0, 0), 8.0, "it is heard of no more")
    assert coverage(world).alarms == ()


async def test_an_id_that_nobody_serves_for_long_raises_an_alarm_that_asks_for_a_resync(
    make_world: MakeWorld,
) -> None:
    world = make_world(
        health=HealthPolicy(heart=False), policy=KindPolicy(coverage_alarm_after=10.0, handoff_deadline=500.0)
    )
    await at_rest(world, things(30))
    world.workforce.muted = {(KIND, number) for number in shards(world)}
    world.publisher.create(KIND, ["late"])
    resyncs = len(await journal(world, "input-resync"))
    await world.pass_(9.0)
    assert coverage(world).alarms == ()
    await world.pass_(3.0)
    (alarm,) = coverage(world).alarms
    assert alarm == (
        "1 resource is served by nobody for more than 10 s:"
        " late (assigned, and its instance has not acknowledged it yet)"
    )
    await world.pass_(20.0)
    assert len(await journal(world, "input-resync")) == resyncs + 1
    assert world.engine.counters["coverage.alarms"] == 1
    world.workforce.muted = set()
    await world.rest(30.0)
    await world.pass_(1.1)
    assert coverage(world).alarms == ()
    assert coverage(world).worst_in_window[0].id == "late"


async def test_a_shard_without_an_instance_raises_an_alarm(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(coverage_alarm_after=5.0))
    await at_rest(world, things(30))
    number = 2

    def crashes(spec: InstanceSpec) -> Temper:
        return Temper(crashes_after=0.3) if spec.shard == number else Temper()

    world.workforce.tempers = crashes
    world.workforce.crash(KIND, number)
    await world.until(
        lambda: any(f"thing-{number}: " in one and "by nobody for" in one for one in coverage(world).alarms),
        40.0,
        "the alarm",
    )
    world.workforce.tempers = lambda spec: Temper()
    await world.rest(120.0)


# --- from the event to its owner ---


def stages(world: World) -> dict[str, Any]:
    return {one.stage: one for one in coverage(world).latency.stages}


async def test_the_way_of_a_new_id_is_timed_from_the_stamp_of_its_message(world: World) -> None:
    await at_rest(world, things(30))
    stamp = world.clock.wall() - 0.2
    world.catalog.put(KIND, ["a"])
    world.publisher.push(Notification(table=f"t_{KIND}", witness=Witness.CREATED, ids=("a",), stamp=stamp))
    world.publisher.create(KIND, ["b"])
    await world.pass_(2.0)
    found = stages(world)
    assert (found["stamp-to-owned"].count, found["receipt-to-owned"].count) == (1, 1)
    assert (found["received-to-committed"].count, found["committed-to-acknowledged"].count) == (2, 2)
    assert found["stamp-to-received"].sum_s == pytest.approx(0.2, abs=0.01)
    assert 0.2 <= found["stamp-to-owned"].sum_s < 1.0
    assert found["receipt-to-owned"].sum_s < 0.8
    assert coverage(world).latency.in_flight == 0


async def test_messages_that_claim_what_is_so_already_are_counted(world: World) -> None:
    await at_rest(world, things(30))
    table = f"t_{KIND}"
    world.publisher.push(Notification(table=table, witness=Witness.CREATED, ids=("t1", "t2"), stamp=10.0))
    world.publisher.push(Notification(table=table, witness=Witness.DELETED, ids=("never",), stamp=9.0))
    await world.pass_(1.0)
    counted = coverage(world).latency.counted
    assert (counted["duplicates"], counted["disorder"]) == (3, 1)


async def test_gaps_in_the_numbers_of_a_publisher_are_counted(world: World) -> None:
    await at_rest(world, things(30))
    for number in (5, 6, 9, 8, 9):
        world.publisher.push(
            Notification(table="other", witness=Witness.UPDATED, ids=("x",), source="relay", number=number)
        )
    await world.pass_(1.0)
    assert coverage(world).latency.numbering == {"missed": 2, "overtaken": 1, "repeated": 1}


async def test_what_is_never_placed_is_given_up_when_room_is_needed(world: World) -> None:
    await at_rest(world, things(30))
    latency = world.engine._steward(KIND).tenure.coverage.latency
    latency._at_most = 3
    for name in ("x1", "x2", "x3", "x4"):
        world.publisher.tell(KIND, Witness.CREATED, [name])
    await world.pass_(1.0)
    assert latency.counted["left-out"] == 1
    await world.pass_(601.0)
    world.publisher.create(KIND, ["real"])
    await world.pass_(2.0)
    assert latency.counted["given-up"] == 1
    assert stages(world)["receipt-to-owned"].count == 1


async def test_instances_that_cannot_acknowledge_own_what_they_are_given_while_they_beat(
    make_world: MakeWorld,
) -> None:
    from orchestrator.core.model import Protocol

    world = make_world(
        policy=KindPolicy(protocol=Protocol.SEED, init_instances=3, seed_release_wait=2.0),
        health=HealthPolicy(heart=False),
        beats_over_http=False,
        resource_per_instance=100,
    )
    await at_rest(world, things(30))
    assert now(world) == (0, 0, 0)
    assert not coverage(world).acknowledged
    world.publisher.create(KIND, ["new"])
    await world.pass_(1.0)
    assert stages(world)["receipt-to-owned"].count == 1
    before = coverage(world).unowned_seconds
    await orchestrate(world, resource_per_instance=10)
    total = await watched(world, 60.0)
    await world.rest(60.0)
    assert now(world) == (0, 0, 0)
    assert coverage(world).unowned_seconds - before == pytest.approx(total, rel=0.3, abs=2.0)
    assert is_live(world, 0, shards(world)[0].incarnation)


async def full(make_world: MakeWorld) -> World:
    """A world with forty ids more than there is room for."""
    world = make_world(
        policy=KindPolicy(init_instances=3), resync_interval=20.0, max_instances=3, resource_per_instance=10
    )
    await at_rest(world, things(30))
    world.publisher.create(KIND, [f"more{number}" for number in range(40)], tell=False)
    return world


async def test_the_checker_of_worlds_holds_the_ledger_against_who_is_held_by_nobody(
    make_world: MakeWorld,
) -> None:
    world = await full(make_world)
    await world.pass_(150.0)
    assert world.story.met["seen to be owned by nobody"] > 0


async def test_the_checker_of_worlds_notices_a_ledger_that_sees_nothing(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await full(make_world)
    monkeypatch.setattr(Ledger, "since", lambda ledger, resource_id, shard: None)
    try:
        with pytest.raises(Broken, match="C1: nobody holds more"):
            await world.pass_(150.0)
    finally:
        world.story.broken = None


async def test_a_slow_way_to_the_instances_is_made_up_for_and_nobody_is_late(world: World) -> None:
    world.weather.latency_s, world.weather.chance = 0.5, Steady()
    await at_rest(world, things(200))
    await world.pass_(20.0)
    before = coverage(world).unknown_seconds
    for _ in range(600):
        await world.pass_(0.1)
        assert now(world) == (0, 0, 0)
    assert coverage(world).unknown_seconds == before
    beats = next(iter(world.engine._steward(KIND).tenure.roster.members.values())).beats
    apart = [later - earlier for earlier, later in pairwise(list(beats)[-8:])]
    assert all(4.9 < seconds < 5.1 for seconds in apart), apart


class Steady(random.Random):
    """Every way takes as long as ways take in the middle."""

    def expovariate(self, lambd: float = 1.0) -> float:
        return 1.0 / lambd
