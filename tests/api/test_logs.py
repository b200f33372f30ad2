"""What instances wrote, a piece at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.log_cursor import WINDOW, lines_after, place_after
from tests.api.conftest import Served
from tests.api.problems import problem

LOGS = "/v1/api/instances/Thing/2/logs"


@given(lines=st.lists(st.integers(0, 10_000).map(str), unique=True), cut=st.integers(0, 60))
def test_what_is_read_after_a_place_is_what_was_written_after_it(lines: list[str], cut: int) -> None:
    before, after = lines[:cut], lines[cut:]
    assert list(lines_after(place_after(before), before + after) or []) == after


def test_a_place_is_known_again_when_the_oldest_lines_are_gone() -> None:
    lines = [f"line {number}" for number in range(3 * WINDOW)]
    place = place_after(lines[: 2 * WINDOW])
    assert lines_after(place, lines[WINDOW:]) == lines[2 * WINDOW :]
    assert lines_after(place, lines[WINDOW + 1 :]) is None


def test_after_nothing_comes_everything() -> None:
    assert lines_after(place_after([]), ["one", "two"]) == ["one", "two"]


def test_a_line_that_comes_again_is_a_new_line() -> None:
    lines = ["a", "tick", "tick"]
    assert lines_after(place_after(lines), [*lines, "tick"]) == ["tick"]


async def test_a_reader_gets_each_line_once(served: Served) -> None:
    served.facade.written = ["one", "two"]
    async with served.get(LOGS) as answer:
        first = await answer.json()
    assert (first["items"], first["complete"]) == (["one", "two"], True)
    async with served.get(f"{LOGS}?after={first['next']}") as answer:
        assert (await answer.json())["items"] == []
    served.facade.written += ["three", "four"]
    async with served.get(f"{LOGS}?after={first['next']}") as answer:
        more = await answer.json()
    assert (more["items"], more["complete"]) == (["three", "four"], True)


async def test_a_reader_that_missed_lines_is_told(served: Served) -> None:
    served.facade.written = ["one"]
    async with served.get(LOGS) as answer:
        place = (await answer.json())["next"]
    served.facade.written = [f"other {number}" for number in range(5)]
    async with served.get(f"{LOGS}?after={place}") as answer:
        found = await answer.json()
    assert (found["complete"], len(found["items"])) == (False, 5)
    served.facade.written = ["one", "two", "three"]
    async with served.get(f"{LOGS}?after={place}&lines=1") as answer:
        found = await answer.json()
    assert (found["complete"], found["items"]) == (False, ["three"])


async def test_a_place_of_another_log_is_refused(served: Served) -> None:
    async with served.get(LOGS) as answer:
        place = (await answer.json())["next"]
    async with served.get(f"/v1/api/instances/Thing/3/logs?after={place}") as answer:
        await problem(answer, 422)
    async with served.get(f"{LOGS}?after={place}&previous=true") as answer:
        await problem(answer, 422)


async def test_a_long_line_is_cut(served: Served) -> None:
    served.facade.written = ["é" * 10_000]
    async with served.get(LOGS) as answer:
        (line,) = (await answer.json())["items"]
    assert line == "é" * 4096


async def test_the_instance_before_has_its_own_lines_or_none_are_kept(served: Served) -> None:
    async with served.get(f"{LOGS}?previous=true&lines=2") as answer:
        assert (await answer.json())["items"] == ["before 1", "before 2"]
    async with served.get("/v1/api/instances/Thing/0/logs?previous=true") as answer:
        await problem(answer, 404)
