"""Moments to look at numbers: each is taken once, when its time has come, and nothing else is touched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.due import Due


def test_those_whose_time_has_come_are_taken_once_and_the_earliest_first() -> None:
    due = Due()
    for number, moment in ((1, 5.0), (2, 3.0), (3, 9.0)):
        due.at(number, moment)
    assert due.take(2.0) == []
    assert due.take(5.0) == [2, 1]
    assert due.take(5.0) == []
    assert len(due) == 1


def test_the_last_word_on_a_number_is_the_one_that_counts() -> None:
    due = Due()
    due.at(1, 1.0)
    due.at(1, 8.0)
    due.at(2, 8.0)
    due.at(2, 1.0)
    due.at(3, 1.0)
    due.drop(3)
    assert due.take(4.0) == [2]
    assert due.take(8.0) == [1]


def test_words_that_are_taken_back_do_not_pile_up() -> None:
    due = Due()
    for moment in range(10_000):
        due.at(1, float(moment))
    assert len(due._heap) < 100


@given(
    st.lists(
        st.tuples(st.sampled_from(["at", "drop", "take"]), st.integers(0, 5), st.integers(0, 20)), max_size=60
    )
)
def test_it_says_what_a_plain_list_would_say(steps: list[tuple[str, int, int]]) -> None:
    due, plain = Due(), dict[int, float]()
    for verb, number, moment in steps:
        if verb == "at":
            due.at(number, moment)
            plain[number] = moment
        elif verb == "drop":
            due.drop(number)
            plain.pop(number, None)
        else:
            expected = sorted((at, one) for one, at in plain.items() if at <= moment)
            assert due.take(moment) == [one for _, one in expected]
            plain = {one: at for one, at in plain.items() if at > moment}
    assert len(due) == len(plain)
