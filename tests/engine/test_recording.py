"""What a leader takes in is recorded whole, before what follows from it, and can be run again."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.model import Protocol
from orchestrator.core.policy import Acts, HealthPolicy, KindPolicy, Limits, PoisonPolicy
from orchestrator.engine.feed import Feed
from orchestrator.engine.record import LINES_BETWEEN
from orchestrator.engine.recorder import WAITING_IDS, Recorder
from orchestrator.errors import NotNow
from orchestrator.ports import JournalFilter, Recorded
from orchestrator.replay.outcome import Replayed
from orchestrator.replay.packing import unpack
from orchestrator.replay.recording import Recording, read_recording, write_recording
from orchestrator.replay.run import as_recorded, replay
from orchestrator.store.memory_journal import MemoryJournal
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, orchestrate, shards, succeed, things
from tests.simulation.day import entry_of
from tests.simulation.faulty_store import Fault
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

SMALL = KindPolicy(init_instances=3)


async def recorded(world: World) -> list[Recorded]:
    await asyncio.sleep(0.5)
    return list(await world.journal.recorded(KIND, after=0, limit=1_000_000))


async def recording(world: World) -> Recording:
    await world.engine.checkpoint(KIND, actor="test")
    return read_recording(write_recording(KIND, [entry_of(one) for one in await recorded(world)]))


async def run_again(world: World, policy: KindPolicy, *, ids: int) -> tuple[Recording, Replayed]:
    """What was recorded so far, whole, and its run: all these ids end where they are."""
    found = await recording(world)
    assert found.doubts == ()
    run = as_recorded(found, policy)
    assert run.differences is not None
    assert (run.differences.ids, run.differences.elsewhere, run.differences.adopted) == (ids, 0, 0)
    return found, run


def heads(lines: list[Recorded], type_: str) -> list[dict[str, Any]]:
    parts = [unpack(one.body)[0] for one in lines if one.body]
    return [part for part in parts if part["type"] == type_]


async def test_hints_beyond_those_a_line_names_are_recorded_whole(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL)
    await at_rest(world, things(10))
    world.publisher.create(KIND, things(900, 10))
    await world.rest(30.0)
    lines = await recorded(world)
    told = {i for part in heads(lines, "pass") for i in part.get("hints", {}).get("created", ())}
    assert told == set(things(900, 10))
    largest = max((one.line for one in lines if one.line.verb == "input-hints"), key=lambda line: line.count)
    assert (len(largest.ids), largest.count) == (128, 900)


async def test_an_input_stands_before_what_follows_from_it(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL)
    await at_rest(world, things(10))
    world.publisher.create(KIND, ["new"])
    await world.rest(30.0)
    lines = [one.line for one in await recorded(world)]
    named = [line.verb for line in lines if "new" in line.ids]
    assert named == ["input-hints", "assign"]
    passes = [line.at for line in lines if line.verb.startswith("input-")]
    assert passes == sorted(passes)


async def test_a_term_begins_with_a_checkpoint_that_says_what_is_in_force(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL)
    await at_rest(world, things(100))
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.rest(60.0)
    lines = await recorded(world)
    marks = [unpack(one.body) for one in lines if one.line.verb == "input-checkpoint"]
    assert [mark[0]["series"] for mark in marks] == ["Thing.1", "Thing.2"]
    assert [mark[0]["n"] for mark in marks] == [0, 0]
    held = {i for part in marks[1] if "shard" in part for _, ids, _ in part["shard"]["chunks"] for i in ids}
    assert held == set(things(100))


async def test_wishes_are_recorded_with_their_arguments_and_first_answers(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=20)
    await world.rest(60.0)
    lines = await recorded(world)
    wish = heads(lines, "orchestrate")[-1]
    assert (wish["resourcePerInstance"], wish["maxInstances"], wish["count"]) == (20, None, 100)
    heard = [part["shard"] for part in heads(lines, "heard")]
    assert sorted(heard) == sorted(shards(world))
    freed = [i for part in heads(lines, "pass") for _, ids in part.get("free", ()) for i in ids]
    assert len(freed) == 49


async def test_a_dry_run_is_no_wish(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    before = len(heads(await recorded(world), "orchestrate"))
    await orchestrate(world, resource_per_instance=20, dry_run=True)
    assert len(heads(await recorded(world), "orchestrate")) == before


async def test_history_with_crashes_deletions_and_orchestrations_runs_again_to_the_same_end(
    make_world: MakeWorld,
) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=20)
    world.workforce.crash(KIND, 1)
    world.publisher.delete(KIND, things(20))
    world.publisher.create(KIND, things(60, 200))
    await world.rest(120.0)
    await orchestrate(world, resource_per_instance=60)
    world.workforce.crash(KIND, 0)
    await world.rest(400.0)
    found, run = await run_again(world, SMALL, ids=140)
    decided = Counter[str]()
    for one in found.decisions:
        decided[one.verb] += one.count or 1
    score = run.score
    assert (score.placed, score.moves, score.started) == (
        decided["assign"],
        decided["move"],
        decided["start"],
    )


async def test_a_checkpoint_is_taken_now_and_then(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.engine.record.LINES_BETWEEN", 50)
    assert LINES_BETWEEN > 50
    world = make_world(policy=SMALL)
    await at_rest(world, things(10))
    for number in range(100):
        world.publisher.create(KIND, [f"more{number}"])
        await asyncio.sleep(0.05)
    await world.rest(30.0)
    await asyncio.sleep(0.5)
    marks = await world.journal.read(JournalFilter(kind=KIND, verb="input-checkpoint", limit=100))
    assert 3 <= len(marks) <= 8


async def test_a_payload_for_which_there_is_no_room_is_left_out_and_told(world: World) -> None:
    counters = Counter[str]()
    recorder = Recorder(MemoryJournal(), Feed(), world.clock, counters)
    for number in range(3):
        recorder.input(KIND, "hints", 1, payload=({"n": number},), size=WAITING_IDS // 2)
    assert counters["journal.payloads_dropped"] == 1
    await recorder.flush()
    recorder.input(KIND, "hints", 1, payload=({"n": 3},), size=WAITING_IDS * 2)
    assert counters["journal.payloads_dropped"] == 1, "one alone always has room"


async def test_trials_and_quarantines_run_again_to_the_same_end(make_world: MakeWorld) -> None:
    policy = replace(SMALL, poison=PoisonPolicy(acts=Acts.ACT))
    world = make_world(policy=policy, health=HealthPolicy(stable_after=10.0))
    await at_rest(world, things(90))
    await world.pass_(60.0)
    world.workforce.tempers = lambda spec: Temper(poison=frozenset({"bad"}))
    for worker in world.workforce.alive.values():
        worker.temper = world.workforce.tempers(worker.spec)
    world.publisher.create(KIND, ["bad"])
    await world.until(lambda: world.engine.kind(KIND).counts.quarantined == 1, 200.0, "it is set apart")
    await world.rest(120.0)
    await world.engine.quarantine_add(KIND, "t5", seconds=None, why="", actor="test")
    await world.rest(60.0)
    await run_again(world, policy, ids=89)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST, Fault.APPLIED])
@pytest.mark.parametrize("sent", range(7))
async def test_an_orchestration_that_was_cut_off_runs_again_as_far_as_it_came(
    make_world: MakeWorld, sent: int, fault: Fault
) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40, limits=Limits(operations=25))
    await at_rest(world, things(100))
    store = world.nodes[0].store
    assert store is not None
    store.faulty.inject("commit", *[None] * sent, fault)
    with suppress(NotNow):
        await orchestrate(world, resource_per_instance=20)
    world.publisher.create(KIND, things(15, 200))
    await world.rest(120.0)
    await run_again(world, SMALL, ids=115)


async def test_what_could_not_be_written_is_not_done_when_it_runs_again(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    store = world.nodes[0].store
    assert store is not None
    store.faulty.inject("commit", Fault.UNAVAILABLE)
    with pytest.raises(NotNow):
        await orchestrate(world, resource_per_instance=20)
    await world.rest(60.0)
    found = await recording(world)
    assert [(part["plan"], "step" in part) for part in heads(await recorded(world), "cut")] == [(0, False)]
    for run in (as_recorded(found, SMALL), replay(found, SMALL)):
        assert (run.score.moves, run.score.shards) == (0, 3)


async def test_a_pass_that_was_not_written_is_made_when_it_was_written(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(100))
    store = world.nodes[0].store
    assert store is not None
    store.faulty.inject("commit", *[Fault.UNAVAILABLE] * 3)
    world.workforce.crash(KIND, 1)
    world.publisher.delete(KIND, things(10))
    await world.rest(60.0)
    found = await recording(world)
    run = as_recorded(found, SMALL)
    assert run.differences is not None
    assert (run.differences.ids, run.differences.elsewhere, run.differences.adopted) == (90, 0, 0)
    decided = sum(one.verb == "start" for one in found.decisions)
    assert (run.score.started, replay(found, SMALL).score.started) == (decided, decided)


async def test_where_workers_cannot_answer_their_first_beat_is_recorded(make_world: MakeWorld) -> None:
    policy = replace(SMALL, protocol=Protocol.SEED)
    world = make_world(policy=policy, resource_per_instance=40, beats_over_http=False)
    await at_rest(world, things(100))
    await orchestrate(world, resource_per_instance=20)
    await world.rest(120.0)
    heard = [part["shard"] for part in heads(await recorded(world), "heard")]
    assert sorted(heard) == sorted(shards(world))
    run = as_recorded(await recording(world), policy)
    assert run.differences is not None
    assert (run.differences.ids, run.differences.elsewhere, run.differences.adopted) == (100, 0, 0)
