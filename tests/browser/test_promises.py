"""The table of what the console promises names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "console.md"
_ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)
_QUOTED = re.compile(r"`([a-z_/]+)`")


def rows() -> dict[int, list[str]]:
    """The words in quotes in the last column, by the number of the promise."""
    return {int(number): _QUOTED.findall(named) for number, named in _ROW.findall(PAGE.read_text("utf-8"))}


def test_each_promise_has_tests_and_each_of_these_is_there() -> None:
    found = rows()
    assert list(found) == list(range(1, 26))
    for number, words in found.items():
        assert words, number
        folder, tests = TESTS / "browser", ""
        for word in words:
            if word.startswith("tests/"):
                folder = TESTS.parent / word
            elif word.startswith("test_"):
                path = folder / f"{word}.py"
                assert path.is_file(), (number, word)
                tests = path.read_text("utf-8")
            else:
                assert re.search(rf"def test_\w*{word}", tests), (number, word)
