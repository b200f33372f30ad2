"""The pure state of one incarnation, call by call."""

from __future__ import annotations

import pytest

from shardwright_worker.assignment import Assignment, Job, Outcome, Verb
from shardwright_worker.protocol import Answer, Beat, Difference, Terms, Token, Whole

TERMS = Terms(15.0, 5.0, False, None)


def whole(generation: int, *ids: str) -> Answer:
    return Answer(generation, 900 + generation, TERMS, Whole(ids))


def difference(generation: int, base: int, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Answer:
    return Answer(generation, 900 + generation, TERMS, Difference(base, add, remove))


def begin(assignment: Assignment, verb: Verb, now: float = 0.0) -> Job:
    job = assignment.begin(verb, now)
    assert job is not None
    return job


def serving(*ids: str) -> Assignment:
    """At generation 1 with these ids served."""
    assignment = Assignment(12)
    assignment.apply(whole(1, *ids))
    for _ in ids:
        assignment.returned(begin(assignment, Verb.ACQUIRE))
    return assignment


def test_an_id_is_held_from_the_begin_of_its_acquire() -> None:
    assignment = Assignment(12)
    assignment.apply(whole(1, "a"))
    assert assignment.held == frozenset()
    assert begin(assignment, Verb.ACQUIRE) == Job(Verb.ACQUIRE, "a", Token(901, 12))
    assert assignment.held == {"a"}


def test_an_id_removed_before_its_acquire_began_is_never_acquired_nor_pending() -> None:
    assignment = Assignment(12)
    assignment.apply(whole(1, "a"))
    assignment.apply(difference(2, 1, remove=("a",)))
    assert assignment.begin(Verb.ACQUIRE, 0.0) is None
    assert assignment.begin(Verb.RELEASE, 0.0) is None
    assert assignment.snapshot() == Beat(12, 2, (), False, 0, 0)


def test_an_id_removed_during_its_acquire_is_pending_until_its_release_returned() -> None:
    assignment = Assignment(12)
    assignment.apply(whole(1, "a"))
    acquire = begin(assignment, Verb.ACQUIRE)
    assignment.apply(difference(2, 1, remove=("a",)))
    assert assignment.snapshot().pending == ("a",)
    assert assignment.begin(Verb.RELEASE, 0.0) is None
    assignment.returned(acquire)
    release = begin(assignment, Verb.RELEASE)
    assert assignment.snapshot().pending == ("a",)
    assignment.returned(release)
    assert assignment.snapshot() == Beat(12, 2, (), False, 0, 0)


def test_an_id_that_returns_before_its_release_began_is_simply_kept() -> None:
    assignment = serving("a")
    assignment.apply(difference(2, 1, remove=("a",)))
    assignment.apply(difference(3, 2, add=("a",)))
    assert assignment.begin(Verb.RELEASE, 0.0) is None
    assert assignment.begin(Verb.ACQUIRE, 0.0) is None
    assert assignment.snapshot() == Beat(12, 3, (), False, 1, 0)


def test_an_id_that_returns_during_its_release_is_acquired_after_it_with_the_newest_token() -> None:
    assignment = serving("a")
    assignment.apply(difference(2, 1, remove=("a",)))
    release = begin(assignment, Verb.RELEASE)
    assignment.apply(difference(3, 2, add=("a",)))
    assert assignment.snapshot().pending == ()
    assert assignment.begin(Verb.ACQUIRE, 0.0) is None
    assignment.returned(release)
    assert begin(assignment, Verb.ACQUIRE) == Job(Verb.ACQUIRE, "a", Token(903, 12))


def test_a_whole_keeps_what_it_names_and_releases_the_rest() -> None:
    assignment = serving("a", "b")
    assert assignment.apply(whole(5, "b", "c")) is Outcome.APPLIED
    assert begin(assignment, Verb.RELEASE).id == "a"
    assert begin(assignment, Verb.ACQUIRE).id == "c"
    assert assignment.begin(Verb.ACQUIRE, 0.0) is None


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (whole(1), Outcome.RENEWED),
        (difference(1, 1), Outcome.RENEWED),
        (whole(0), Outcome.REFUSED),
        (difference(3, 2, remove=("a",)), Outcome.REFUSED),
        (difference(3, 0, remove=("a",)), Outcome.REFUSED),
    ],
)
def test_what_is_not_newer_or_does_not_fit_changes_nothing(answer: Answer, outcome: Outcome) -> None:
    assignment = serving("a")
    before = assignment.snapshot()
    assert assignment.apply(answer) is outcome
    assert assignment.snapshot() == before
    assert assignment.begin(Verb.RELEASE, 0.0) is None


def test_a_raising_acquire_stays_held_and_is_due_again_later() -> None:
    assignment = Assignment(12)
    assignment.apply(whole(1, "a"))
    assignment.raised(begin(assignment, Verb.ACQUIRE, 10.0), 10.0)
    assert assignment.held == {"a"}
    assert assignment.begin(Verb.ACQUIRE, 10.05) is None
    assert assignment.next_due(Verb.ACQUIRE) == pytest.approx(10.1)
    assignment.raised(begin(assignment, Verb.ACQUIRE, 10.1), 10.1)
    assert assignment.begin(Verb.ACQUIRE, 10.25) is None
    assert begin(assignment, Verb.ACQUIRE, 10.31).id == "a"


def test_a_removed_id_whose_acquire_raised_is_released_at_once() -> None:
    assignment = Assignment(12)
    assignment.apply(whole(1, "a"))
    assignment.raised(begin(assignment, Verb.ACQUIRE, 10.0), 10.0)
    assignment.apply(whole(2))
    assert assignment.snapshot().pending == ("a",)
    assert begin(assignment, Verb.RELEASE, 10.0).id == "a"


def test_an_acquire_that_raises_after_its_removal_is_released_at_once() -> None:
    assignment = Assignment(12)
    assignment.apply(whole(1, "a"))
    acquire = begin(assignment, Verb.ACQUIRE, 10.0)
    assignment.apply(whole(2))
    assignment.raised(acquire, 10.0)
    assert begin(assignment, Verb.RELEASE, 10.0).id == "a"


def test_a_raising_release_stays_pending_and_is_retried_even_when_the_id_returned() -> None:
    assignment = serving("a")
    assignment.apply(whole(2))
    assignment.raised(begin(assignment, Verb.RELEASE, 10.0), 10.0)
    assert assignment.snapshot().pending == ("a",)
    assignment.apply(whole(3, "a"))
    assert assignment.begin(Verb.ACQUIRE, 20.0) is None
    assignment.returned(begin(assignment, Verb.RELEASE, 20.0))
    assert begin(assignment, Verb.ACQUIRE, 20.0).token == Token(903, 12)


def test_at_most_a_hundred_pending_ids_are_named_and_more_says_that_there_are_others() -> None:
    ids = [f"id-{number:03}" for number in range(101)]
    assignment = serving(*ids)
    assignment.apply(whole(2))
    beat = assignment.snapshot()
    assert (beat.pending, beat.more) == (tuple(ids[:100]), True)
    assignment.returned(begin(assignment, Verb.RELEASE))
    assert assignment.has_news(beat)
    assert (assignment.snapshot().pending, assignment.snapshot().more) == (tuple(ids[1:]), False)


def test_while_there_are_more_pending_a_release_is_no_news() -> None:
    assignment = serving(*(f"id-{number:03}" for number in range(102)))
    assignment.apply(whole(2))
    beat = assignment.snapshot()
    assignment.returned(begin(assignment, Verb.RELEASE))
    assert not assignment.has_news(beat)


def test_a_returned_release_of_a_pending_id_is_news_and_an_acquire_is_not() -> None:
    assignment = serving("a", "b")
    assignment.apply(difference(2, 1, add=("c",), remove=("a",)))
    beat = assignment.snapshot()
    assignment.returned(begin(assignment, Verb.ACQUIRE))
    assert not assignment.has_news(beat)
    assignment.returned(begin(assignment, Verb.RELEASE))
    assert assignment.has_news(beat)


def test_a_retired_assignment_releases_everything_and_acquires_nothing() -> None:
    assignment = serving("a")
    assignment.apply(difference(2, 1, add=("b", "c")))
    acquire = begin(assignment, Verb.ACQUIRE)
    assignment.retire()
    assert assignment.begin(Verb.ACQUIRE, 0.0) is None
    assignment.returned(begin(assignment, Verb.RELEASE))
    assignment.returned(acquire)
    assignment.returned(begin(assignment, Verb.RELEASE))
    assert assignment.held == frozenset()
