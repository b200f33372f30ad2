"""A hundred thousand instances are watched at the cost of those that are due."""

from __future__ import annotations

from typing import Any

from orchestrator.core.health import Diagnosis
from orchestrator.core.model import Instance, Shard
from orchestrator.core.policy import HealthPolicy, KindPolicy
from orchestrator.engine.judge import Judge
from orchestrator.engine.roster import Roster
from orchestrator.ports import Beat

COUNT = 100_000
HEALTH = HealthPolicy(interval=60.0, late_after=66.0, deadline=90.0, startup_grace=90.0)
TICK_S = 0.25


class Counting(Roster):
    """Counts how many instances were looked at."""

    looks = 0

    def diagnosis(self, shard: Shard, now: float) -> Diagnosis | None:
        self.looks += 1
        return super().diagnosis(shard, now)


class Untouchable(dict[int, Shard]):
    """The shards of a kind, which nobody may go through one by one."""

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("all shards were gone through")

    __iter__ = values = items = keys = _refuse


def live(count: int) -> dict[int, Shard]:
    return {n: Shard(number=n, capacity=(10,), incarnation=1, instance=Instance.LIVE) for n in range(count)}


def watched(shards: dict[int, Shard]) -> Counting:
    """All have beaten within the last minute, evenly."""
    roster = Counting(KindPolicy(), HEALTH, 0.0)
    roster.keep(shards, 0.0)
    for number, shard in shards.items():
        beat(roster, shard, 1000.0 + 60.0 * number / len(shards))
    return roster


def beat(roster: Roster, shard: Shard, at: float) -> None:
    roster.heard(shard, Beat(kind="Thing", shard=shard.number, received=at, incarnation=1), counts=True)


def test_a_tick_costs_what_is_due() -> None:
    shards = live(COUNT)
    roster = watched(shards)
    judge, guarded = Judge(roster), Untouchable(shards)
    now = 1060.0
    judge.silence(guarded, proven=now, now=now)
    assert roster.looks == COUNT, "the first look at all of them"
    begun, roster.looks, ticks = now, 0, 0
    while now < begun + 60.0:
        now += TICK_S
        ticks += 1
        for number in range(int((now - TICK_S - begun) / 60 * COUNT), int((now - begun) / 60 * COUNT)):
            beat(roster, shards[number], now)
        assert judge.silence(guarded, proven=now, now=now) == ()
        assert judge.stuck(guarded, now=now) == ()
        assert judge.draining(guarded, now=now) == ()
    assert roster.looks <= 2 * COUNT, f"{roster.looks} looks in {ticks} ticks"


def test_the_one_that_falls_silent_among_all_is_found_in_its_tick() -> None:
    shards = live(COUNT)
    roster = watched(shards)
    judge, guarded = Judge(roster), Untouchable(shards)
    judge.silence(guarded, proven=1060.0, now=1060.0)
    silent = 50_000
    lost_at = 1000.0 + 60.0 * silent / COUNT + HEALTH.deadline
    for number, shard in shards.items():
        if number != silent:
            beat(roster, shard, 1100.0)
    assert judge.silence(guarded, proven=lost_at, now=lost_at - TICK_S) == ()
    roster.looks = 0
    assert judge.silence(guarded, proven=lost_at, now=lost_at + TICK_S) == (silent,)
    assert roster.looks <= COUNT / 100


def test_one_that_is_silent_and_spared_is_found_again_until_it_beats() -> None:
    shards = live(100)
    roster = watched(shards)
    judge, guarded = Judge(roster), Untouchable(shards)
    judge.silence(guarded, proven=1060.0, now=1060.0)
    for number, shard in shards.items():
        if number not in (1, 2):
            beat(roster, shard, 1100.0)
    assert judge.silence(guarded, proven=None, now=1150.0) == ()
    assert "not proven" in judge.spared
    beat(roster, shards[1], 1151.0)
    assert judge.silence(guarded, proven=1152.0, now=1152.0) == (), "it has to find the channel again"
    later = 1152.0 + HEALTH.deadline
    for number, shard in shards.items():
        if number != 2:
            beat(roster, shard, later - 1.0)
    assert judge.silence(guarded, proven=later, now=later - TICK_S) == ()
    assert judge.silence(guarded, proven=later, now=later) == (2,)


def test_one_that_ends_and_begins_anew_is_watched_anew() -> None:
    shards = live(100)
    roster = watched(shards)
    judge = Judge(roster)
    judge.silence(shards, proven=1060.0, now=1060.0)
    gone = Shard(number=7, capacity=(10,), incarnation=1, instance=Instance.NONE)
    again = Shard(number=7, capacity=(10,), incarnation=2, instance=Instance.LIVE)
    roster.follow(gone, 1061.0)
    assert len(roster.live) == 99
    roster.follow(again, 1062.0)
    roster.accept(again, 1063.0)
    for shard in shards.values():
        if shard.number != 7:
            beat(roster, shard, 1150.0)
    changed = {**shards, 7: again}
    assert judge.silence(changed, proven=1152.0, now=1152.0) == ()
    assert judge.silence(changed, proven=1154.0, now=1154.0) == (7,)
