"""When a resource may be moved, as people say it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.moves.gate import MoveGate, lasting
from orchestrator.core.moves.policy import DAY_S, MovePolicy, MoveRule, Quiet, WaitCode, may_move
from orchestrator.core.traits import Labels

GOLD: Labels = (("tier", "gold"),)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 1, 12, tzinfo=BERLIN).timestamp()


class Known:
    """What was moved when, and what is warming up."""

    def __init__(self, moved: dict[str, list[float]] | None = None, warming: Collection[str] = ()) -> None:
        self._moved, self._warming = moved or {}, warming

    def times(self, resource_id: str) -> Sequence[float]:
        return self._moved.get(resource_id, ())

    def warming(self) -> Collection[str]:
        return self._warming


def gate_of(policy: MovePolicy, known: Known | None = None, *, wall: float = NOON) -> MoveGate:
    """Ids that begin with ``g`` are gold."""
    return MoveGate(policy, lambda one: GOLD if one[0] == "g" else (), known or Known(), wall=wall)


def test_a_kind_without_a_policy_lets_everything_move() -> None:
    assert MovePolicy().is_free
    assert may_move(MovePolicy(), GOLD, wall=NOON, moved_at=[NOON - 1]) is None


def test_a_rule_is_about_what_bears_all_of_its_labels() -> None:
    rule = MoveRule(labels=(("tier", "gold"), ("zone", "a")), never=True)
    assert rule.covers((("tier", "gold"), ("x", "y"), ("zone", "a")))
    assert not rule.covers(GOLD)
    assert MoveRule(never=True).covers(())


def test_never_is_never_and_names_the_rule() -> None:
    found = may_move(MovePolicy(rules=(MoveRule(labels=GOLD, never=True),)), GOLD, wall=NOON)
    assert found is not None and (found.code, found.until) == (WaitCode.NEVER, None)
    assert "tier=gold" in found.sentence


@given(st.integers(1, 5), st.lists(st.floats(0, 3 * DAY_S), max_size=9).map(sorted), st.floats(0, 3 * DAY_S))
def test_no_more_than_so_many_moves_fall_into_any_day(n: int, wanted: list[float], phase: float) -> None:
    policy = MovePolicy(rules=(MoveRule(per_day=n),))
    made: list[float] = []
    for at in wanted:
        kept = may_move(policy, (), wall=phase + at, moved_at=made)
        if kept is None:
            made.append(phase + at)
        else:
            assert kept.until is not None and kept.until > phase + at
            assert may_move(policy, (), wall=kept.until + 0.001, moved_at=made) is None
    for at in made:
        assert sum(1 for other in made if at <= other < at + DAY_S) <= n


@given(st.integers(1, 3600), st.lists(st.integers(0, 20_000), min_size=1, max_size=9).map(sorted))
def test_the_same_id_moves_only_after_the_cooldown(cooldown: int, wanted: list[int]) -> None:
    policy = MovePolicy(cooldown=float(cooldown))
    made: list[float] = []
    for at in wanted:
        if may_move(policy, (), wall=float(at), moved_at=made) is None:
            made.append(float(at))
    assert all(later - earlier >= cooldown for earlier, later in pairwise(made))


def test_a_wall_clock_that_was_set_back_keeps_nothing_waiting() -> None:
    policy = MovePolicy(rules=(MoveRule(per_day=1),), cooldown=60)
    assert may_move(policy, (), wall=NOON, moved_at=[NOON + 7200]) is None


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        ("22:00-06:00 Europe/Berlin", "2026-06-01 23:30", "2026-06-02 06:00"),
        ("22:00-06:00 Europe/Berlin", "2026-06-01 05:59", "2026-06-01 06:00"),
        ("22:00-06:00 Europe/Berlin", "2026-06-01 06:00", None),
        ("22:00-06:00 Europe/Berlin", "2026-06-01 21:59", None),
        ("08:00-18:00 Europe/Berlin", "2026-06-01 12:00", "2026-06-01 18:00"),
        ("08:00-18:00 Europe/Berlin", "2026-06-01 18:00", None),
        # the night in which an hour is left out, and that in which one comes twice
        ("22:00-06:00 Europe/Berlin", "2026-03-28 23:00", "2026-03-29 06:00"),
        ("22:00-06:00 Europe/Berlin", "2026-10-24 23:00", "2026-10-25 06:00"),
        ("22:00-02:30 Europe/Berlin", "2026-03-28 23:00", "2026-03-29 03:30"),
    ],
)
def test_quiet_hours_are_those_of_the_wall(hours: str, at: str, until: str | None) -> None:
    wall = datetime.fromisoformat(at).replace(tzinfo=BERLIN).timestamp()
    found = Quiet.parse(hours).until(wall)
    if until is None:
        assert found is None
    else:
        assert found is not None
        assert datetime.fromtimestamp(found, BERLIN).strftime("%Y-%m-%d %H:%M") == until


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"]),
    st.floats(1.7e9, 1.9e9),
)
def test_quiet_hours_end_within_a_day_and_are_read_back_as_written(
    begin: int, end: int, zone: str, wall: float
) -> None:
    if begin == end:
        return
    quiet = Quiet(begin=begin, end=end, zone=zone)
    assert Quiet.parse(str(quiet)) == quiet
    until = quiet.until(wall)
    assert until is None or wall < until <= wall + 1.1 * DAY_S


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("22-6", "22:00-06:00"),
        ("25:00-06:00", "allowed"),
        ("10:00-10:00", "end"),
        ("22:00-06:00 Mars/X", "Mars/X"),
    ],
)
def test_quiet_hours_that_cannot_be_are_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Quiet.parse(text)


def test_no_more_than_so_many_of_those_meant_warm_up_at_once() -> None:
    policy = MovePolicy(rules=(MoveRule(labels=GOLD, warming=2),))
    gate = gate_of(policy, Known(warming=["g0", "t0"]))
    assert gate.choose(["g1", "g2", "t1", "t2", "t3"], 9) == ["g1", "t1", "t2", "t3"]
    assert gate.is_waiting and gate.held == {WaitCode.WARMING: 1}
    gate.begun("t4", "t5")
    assert gate.lets("t3") and not gate.lets("g2")


def test_the_cheapest_move_first() -> None:
    gate = gate_of(MovePolicy(rules=(MoveRule(labels=GOLD, cost=5),)))
    assert gate.choose(["g1", "t1", "g2", "t2"], 3) == ["t1", "t2", "g1"]


def test_what_is_never_moved_is_not_waited_for() -> None:
    gate = gate_of(MovePolicy(rules=(MoveRule(labels=GOLD, never=True),)))
    assert gate.choose(["g1", "t1"], 2) == ["t1"]
    assert not gate.is_waiting
    assert gate.bars("g1") and not gate.bars("t1")


def test_every_rule_that_covers_an_id_must_let_it_move() -> None:
    policy = MovePolicy(
        rules=(MoveRule(per_day=1), MoveRule(labels=GOLD, quiet=(Quiet.parse("08:00-18:00 Europe/Berlin"),)))
    )
    gate = gate_of(policy, Known({"g1": [NOON - 60], "t1": [NOON - 60]}))
    assert not gate.lets("t1") and not gate.lets("g2")
    assert gate.lets("t2")
    kept = gate.waiting("g1")
    assert kept is not None and kept.code is WaitCode.PER_DAY
    assert gate.first is not None and gate.first.code is WaitCode.QUIET
    assert "per-day 1, quiet 1" in gate.sentence()


def test_a_preview_asks_whether_and_not_when() -> None:
    quiet = MoveRule(quiet=(Quiet.parse("00:00-23:59"),), per_day=1)
    assert lasting(MovePolicy(rules=(quiet,), cooldown=60), lambda one: ()) is None
    gate = lasting(MovePolicy(rules=(quiet, MoveRule(labels=GOLD, never=True))), lambda one: GOLD)
    assert gate is not None and not gate.lets("g1")
