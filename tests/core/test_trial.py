"""A trial finds the culprits within its bound, whoever they are, and accuses nobody else."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.poison.trial import Trial

MOST = 10


def run(trial: Trial, everyone: Collection[str], ends: Callable[[frozenset[str]], bool]) -> None:
    """Until it is over; ``ends``: whether an instance with these ids ends."""
    for _ in range(10_000):
        if trial.is_over:
            return
        if ends(frozenset(everyone) - trial.aside):
            trial.ended()
        else:
            trial.survived()
    raise AssertionError("the trial goes on for ever")


def bound(count: int, culprits: int) -> int:
    """Two controls, a confirmation and a proof; for each culprit the halves and two runs more."""
    return 4 + culprits * (math.ceil(math.log2(max(2, count))) + 3)


def ids(count: int) -> list[str]:
    return [f"i{number}" for number in range(count)]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_every_culprit_is_found_within_the_bound_and_nobody_else(data: st.DataObject) -> None:
    everyone = ids(data.draw(st.integers(1, 400), "count"))
    culprits = data.draw(st.sets(st.sampled_from(everyone), min_size=1, max_size=6), "culprits")
    first = data.draw(st.lists(st.sampled_from(everyone), unique=True, max_size=30), "first")
    trial = Trial(3, first, everyone, most=MOST)
    run(trial, everyone, lambda held: not culprits.isdisjoint(held))
    assert set(trial.found) == culprits
    assert trial.steps <= bound(len(everyone), len(culprits))


@given(st.integers(1, 5000), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_nobody_is_accused_when_the_instance_ends_whatever_it_holds(count: int, fresh: int) -> None:
    everyone = ids(count)
    trial = Trial(3, everyone[:fresh], everyone, most=MOST)
    run(trial, everyone, lambda held: True)
    assert trial.found == ()
    assert trial.steps <= 2
    assert trial.aside == frozenset()


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_an_instance_that_ends_at_random_may_blame_no_more_than_the_bound(data: st.DataObject) -> None:
    everyone = ids(data.draw(st.integers(1, 200)))
    trial = Trial(3, (), everyone, most=3)
    run(trial, everyone, lambda held: data.draw(st.booleans()))
    assert len(trial.found) <= 3


def test_the_newcomer_is_tried_first_and_nobody_else_is_set_aside() -> None:
    everyone = ids(5000)
    trial = Trial(3, ["i4711"], everyone, most=MOST)
    seen: set[str] = set()

    def ends(held: frozenset[str]) -> bool:
        seen.update(trial.aside)
        return "i4711" in held

    run(trial, everyone, ends)
    assert (trial.found, seen) == (("i4711",), {"i4711"})
    assert trial.steps == 3


def test_what_passed_by_itself_is_nobodys_fault() -> None:
    """The instance was ended by something that is over when the trial begins."""
    everyone = ids(5000)
    trial = Trial(3, everyone[:1], everyone, most=MOST)
    run(trial, everyone, lambda held: False)
    assert (trial.found, trial.steps) == ((), 2)


def test_a_culprit_that_is_not_among_the_newcomers_is_found_among_the_others() -> None:
    everyone = ids(500)
    trial = Trial(3, everyone[:4], everyone, most=MOST)
    run(trial, everyone, lambda held: "i77" in held)
    assert trial.found == ("i77",)


def test_five_thousand_need_seventeen_runs() -> None:
    everyone = ids(5000)
    worst = 0
    for culprit in (0, 1, 2499, 2500, 4999):
        trial = Trial(3, (), everyone, most=MOST)
        run(trial, everyone, lambda held, one=f"i{culprit}": one in held)  # type: ignore[misc]
        assert trial.found == (f"i{culprit}",)
        worst = max(worst, trial.steps)
    assert worst <= 2 + 13 + 2


def test_more_culprits_than_the_bound_end_the_trial() -> None:
    everyone = ids(100)
    trial = Trial(3, (), everyone, most=2)
    run(trial, everyone, lambda held: bool(held))
    assert len(trial.found) == 2


@pytest.mark.parametrize("most", [1, 2])
def test_what_survived_stays_with_the_instance(most: int) -> None:
    everyone = ids(8)
    trial = Trial(3, (), everyone, most=most)
    cleared: set[str] = set()
    while not trial.is_over:
        held = set(everyone) - trial.aside
        assert cleared <= held
        if "i5" in held:
            trial.ended()
        else:
            trial.survived()
            cleared |= held
    assert trial.found == ("i5",)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whoever_is_found_was_with_the_instance_when_it_ended_and_not_when_it_lived(
    data: st.DataObject,
) -> None:
    """Whatever else ends the instance now and then."""
    everyone = ids(data.draw(st.integers(1, 60)))
    culprits = data.draw(st.sets(st.sampled_from(everyone), max_size=2))
    trial = Trial(3, (), everyone, most=MOST)
    runs: list[tuple[frozenset[str], bool]] = []
    while not trial.is_over:
        held = frozenset(everyone) - trial.aside
        is_end = not culprits.isdisjoint(held) or data.draw(st.integers(0, 9)) == 0
        runs.append((held, is_end))
        (trial.ended if is_end else trial.survived)()
    for one in trial.found:
        assert any(one in held and is_end for held, is_end in runs)
        assert any(one not in held and not is_end for held, is_end in runs)
        last = max(number for number, (held, _) in enumerate(runs) if one in held)
        assert runs[last][1], "the last run with it ended"
