"""Beats of a channel of its own: which of them count, and that only they decide."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.core.model import Instance, KindState, Protocol, Shard
from orchestrator.core.policy import KindPolicy
from orchestrator.core.view import View
from orchestrator.engine import hearing
from orchestrator.engine.feed import Feed
from orchestrator.engine.hearing import hear
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.setup import KindSetup
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Beat
from orchestrator.store.memory_journal import MemoryJournal
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, is_live, journal, orchestrate, shards, things
from tests.simulation.world import World

NOW = 1000.0


class Clock:
    def monotonic(self) -> float:
        return NOW

    wall = monotonic


def tenure(protocol: Protocol, **fields: Any) -> Tenure:
    """One live shard, 3, of incarnation 7; this leader has known it since ``NOW``."""
    doors: dict[str, Any] = dict.fromkeys(("catalog", "runtime", "heartbeats"))
    setup = KindSetup(
        kind=KIND,
        table=KIND,
        instance_name="thing",
        template="",
        policy=KindPolicy(protocol=protocol),
        beats_over_http=False,
        **doors,
    )
    shard = Shard(number=3, capacity=(10,), incarnation=7, instance=Instance.LIVE)
    view = View.of(KindState(kind=KIND), {3: shard}, dimensions=1, weights={})
    around: Any = SimpleNamespace(clock=Clock(), traces=None)
    leadership: Any = SimpleNamespace(since=NOW, office=None)
    nothing: Any = None
    recorder = Recorder(MemoryJournal(), Feed(), around.clock, Counter())
    return Tenure(replace(setup, **fields), around, nothing, leadership, recorder, view)


def beat(**fields: Any) -> Beat:
    return Beat(**{"kind": KIND, "shard": 3, "received": NOW + 1, **fields})


@pytest.fixture
def counters() -> Iterator[Counter[str]]:
    yield Counter()


@pytest.mark.parametrize(
    ("protocol", "said", "counted"),
    [
        (Protocol.SEED, beat(), None),
        (Protocol.SEED, beat(received=NOW - 1), hearing.OUTDATED),
        (Protocol.SEED, beat(shard=4), hearing.UNKNOWN),
        (Protocol.V1, beat(), hearing.NAMELESS),
        (Protocol.V1, beat(incarnation=7), None),
        (Protocol.V1, beat(incarnation=7, received=NOW - 1), None),
        (Protocol.V1, beat(incarnation=6), hearing.OUTDATED),
        (Protocol.V1, beat(incarnation=8), hearing.UNKNOWN),
    ],
)
def test_a_beat_counts_for_the_instance_that_the_store_has_and_for_no_earlier_one(
    protocol: Protocol, said: Beat, counted: str | None, counters: Counter[str]
) -> None:
    kept = tenure(protocol)
    hear(kept, said, counters)
    assert dict(counters) == ({counted: 1} if counted else {})
    assert (kept.roster.members[3].last_beat == said.received) == (counted is None)


def test_beats_of_a_kind_that_is_not_here_are_counted(counters: Counter[str]) -> None:
    hear(None, beat(), counters)
    hear(tenure(Protocol.V1, beats_over_http=True), beat(incarnation=7), counters)
    assert counters == {hearing.UNKNOWN: 2}


def test_a_beat_of_a_channel_acknowledges_nothing(counters: Counter[str]) -> None:
    kept = tenure(Protocol.V1)
    hear(kept, beat(incarnation=7, generation=5, pending=frozenset()), counters)
    assert kept.roster.members[3].last_beat == NOW + 1
    assert not kept.roster.reports


def test_an_older_beat_that_comes_later_makes_nobody_older(counters: Counter[str]) -> None:
    kept = tenure(Protocol.V1)
    hear(kept, beat(incarnation=7, received=NOW + 9), counters)
    hear(kept, beat(incarnation=7, received=NOW + 2), counters)
    assert kept.roster.members[3].last_beat == NOW + 9


def test_after_a_replacement_only_beats_from_then_on_count_where_none_is_named(
    counters: Counter[str],
) -> None:
    kept = tenure(Protocol.SEED)
    ended = Shard(number=3, capacity=(10,), incarnation=7, instance=Instance.NONE)
    kept.roster.follow(ended, NOW + 10)
    kept.view.shards[3] = ended
    hear(kept, beat(received=NOW + 11), counters)
    again = replace(ended, incarnation=8, instance=Instance.LIVE)
    kept.view.shards[3] = again
    kept.roster.follow(again, NOW + 20)
    hear(kept, beat(received=NOW + 19), counters)
    assert kept.roster.members[3].last_beat is None
    assert counters == {hearing.OUTDATED: 2}
    hear(kept, beat(received=NOW + 21), counters)
    assert kept.roster.members[3].last_beat == NOW + 21


async def beating(world: World, mute: set[int]) -> None:
    """All live instances but the muted beat on the channel."""
    await asyncio.sleep(0.5)
    while True:
        for number, shard in shards(world).items():
            if shard.instance is Instance.LIVE and number not in mute:
                world.heartbeats.receive(
                    beat(shard=number, received=world.loop.time(), incarnation=shard.incarnation)
                )
        await asyncio.sleep(1.0)


async def test_whoever_is_silent_on_the_deciding_channel_is_replaced_however_often_it_asks_for_ids(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    world.setups = [replace(each, beats_over_http=False) for each in world.setups]
    mute: set[int] = set()
    world.publisher.create(KIND, things(30), tell=False)
    task = world.loop.spawn("", beating(world, mute))
    await at_rest(world)
    await world.pass_(60.0)
    assert not await journal(world, "stop")
    mute.add(4)
    await world.until(lambda: is_live(world, 4, 11), 40.0, "replaced for its silence")
    assert [line.reason for line in await journal(world, "stop")] == ["silent"]
    mute.clear()
    await world.rest(10.0)
    world.heartbeats.receive(beat(shard=4, received=world.loop.time(), incarnation=5))
    await world.pass_(1.0)
    assert world.engine.overview().counters[hearing.OUTDATED] == 1
    task.cancel()


async def test_an_orchestration_goes_on_when_the_first_beat_of_a_new_instance_comes_before_the_runtimes_word(
    make_world: MakeWorld,
) -> None:
    world = make_world(
        policy=KindPolicy(protocol=Protocol.SEED, init_instances=3, seed_release_wait=2.0),
        beats_over_http=False,
        resource_per_instance=100,
    )
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["new"])
    await world.pass_(1.0)
    await orchestrate(world, resource_per_instance=10)
    await world.rest(60.0)
