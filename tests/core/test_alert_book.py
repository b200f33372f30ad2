"""Which alarms are told, to whom and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.alerting.alarm import Alarm, unnumbered
from orchestrator.core.alerting.book import (
    MOST_ENTRIES,
    AlertPolicy,
    Book,
    Entry,
    Said,
    due,
    forget_targets,
    look,
    told,
)
from orchestrator.core.alerting.papers import decode_book, encode_book

POLICY = AlertPolicy(after=60.0, quiet=120.0, repeat=3600.0)
UNOWNED = Alarm(kind="Thing", code="unowned", sentence="12 unowned", needs_person=True)
LOST = Alarm(kind="Thing", code="instance-lost", subject="iota-dac-3", sentence="iota-dac-3: silent")


class Round:
    """Looks and tells, as the leader does each few seconds."""

    def __init__(self, policy: AlertPolicy = POLICY, targets: tuple[str, ...] = ("a",)) -> None:
        self.book: dict[str, Entry] = {}
        self.policy = policy
        self.targets = targets
        self.away: set[str] = set()

    def at(self, now: float, *alarms: Alarm) -> list[tuple[str, Said, str]]:
        self.book = look(self.book, alarms, now, self.policy)
        heard = []
        for target in self.targets:
            notices = due(self.book, target, now, self.policy, only_person=False)
            if target in self.away:
                continue
            heard += [(target, one.said, one.alarm.code) for one in notices]
            self.book = told(self.book, target, notices, now)
        return heard


def test_an_alarm_is_told_once_it_has_stood_for_a_while() -> None:
    world = Round()
    assert world.at(0, UNOWNED) == world.at(59, UNOWNED) == []
    assert world.at(60, UNOWNED) == [("a", Said.OPEN, "unowned")]
    assert world.at(70, replace(UNOWNED, sentence="13 unowned")) == []


def test_what_mends_itself_is_told_to_nobody() -> None:
    world = Round()
    assert world.at(0, LOST) == world.at(30) == world.at(500) == []
    assert world.book == {}


def test_an_alarm_that_comes_and_goes_is_one_alarm() -> None:
    world = Round()
    heard = []
    for now in range(0, 1000, 10):
        heard += world.at(now, *([UNOWNED] if now % 100 < 50 else []))
    assert heard == [("a", Said.OPEN, "unowned")]


def test_its_end_is_told_once_to_those_who_knew() -> None:
    world = Round(targets=("a", "b"))
    world.away = {"b"}
    for now in (0, 60):
        world.at(now, UNOWNED)
    assert world.at(100) == world.at(180) == []
    assert world.at(181) == [("a", Said.RESOLVED, "unowned")]
    assert world.at(200) == [] and world.book == {}


def test_a_target_that_was_away_is_told_later() -> None:
    world = Round(targets=("a", "b"))
    world.away = {"b"}
    assert world.at(0, UNOWNED) == []
    assert world.at(60, UNOWNED) == [("a", Said.OPEN, "unowned")]
    world.away = set()
    assert world.at(70, UNOWNED) == [("b", Said.OPEN, "unowned")]
    world.away = {"a"}
    assert world.at(300) == [("b", Said.RESOLVED, "unowned")]
    world.away = set()
    assert world.at(310) == [("a", Said.RESOLVED, "unowned")]
    assert world.book == {}


@pytest.mark.parametrize(("repeat", "times"), [(3600.0, 3), (None, 1)])
def test_what_stands_on_is_told_again_now_and_then(repeat: float | None, times: int) -> None:
    world = Round(replace(POLICY, repeat=repeat))
    heard = [one for now in range(0, 3 * 3600, 10) for one in world.at(now, UNOWNED)]
    assert [said for _, said, _ in heard] == [Said.OPEN, *[Said.REPEATED] * (times - 1)]


def test_who_is_told_of_what_needs_a_person_hears_nothing_else() -> None:
    book: Book = look({}, [UNOWNED, LOST], 0, POLICY)
    book = look(book, [UNOWNED, LOST], 60, POLICY)
    assert [one.alarm for one in due(book, "a", 60, POLICY, only_person=True)] == [UNOWNED]
    assert [one.alarm for one in due(book, "a", 60, POLICY, only_person=False)] == [UNOWNED, LOST]


def test_a_flood_is_bounded_and_nothing_that_was_told_is_forgotten_for_it() -> None:
    world = Round()
    for now in (0, 60):
        world.at(now, UNOWNED)
    flood = [replace(LOST, subject=str(n)) for n in range(3 * MOST_ENTRIES)]
    world.at(70, *flood, UNOWNED)
    assert len(world.book) == MOST_ENTRIES and UNOWNED.name in world.book


def test_the_next_leader_goes_on_with_the_book() -> None:
    world = Round()
    for now in (0, 60):
        world.at(now, UNOWNED, LOST)
    text = encode_book(world.book)
    successor = Round()
    successor.book = {name: replace(one, seen=70.0) for name, one in decode_book(text).items()}
    assert successor.at(80, UNOWNED) == []
    assert successor.at(200, UNOWNED) == [("a", Said.RESOLVED, "instance-lost")]
    assert decode_book("") == {}
    for bad in ("[1]", '{"a": {}}', '{"a": {"alarm": {"x": 1}}}', "nonsense"):
        with pytest.raises(ValueError):
            decode_book(bad)


def test_a_target_that_is_configured_no_more_holds_nothing_up() -> None:
    world = Round(targets=("a", "gone"))
    for now in (0, 60):
        world.at(now, UNOWNED)
    world.targets, world.book = ("a",), forget_targets(world.book, ["a"])
    assert world.at(300) == [("a", Said.RESOLVED, "unowned")]
    assert world.book == {}


def test_a_sentence_without_its_numbers_stays_the_same() -> None:
    first, later = "41 of 1,000 ids wait 3.5 s: thing-9 and others", "7 of 2,000 ids wait 99.0 s: other"
    assert unnumbered(first) == unnumbered(later)


@given(
    st.lists(st.tuples(st.floats(0, 500), st.booleans()), max_size=60), st.floats(0, 300), st.floats(0, 300)
)
def test_open_and_resolved_take_turns_whatever_happens(
    steps: list[tuple[float, bool]], after: float, quiet: float
) -> None:
    world = Round(AlertPolicy(after=after, quiet=quiet, repeat=None))
    now, heard = 0.0, []
    for pause, stands in steps:
        now += pause
        heard += [said for _, said, _ in world.at(now, *([UNOWNED] if stands else []))]
    assert heard[::2] == [Said.OPEN] * len(heard[::2])
    assert heard[1::2] == [Said.RESOLVED] * len(heard[1::2])
