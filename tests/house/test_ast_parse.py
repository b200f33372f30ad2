"""A failed test is reported on each Python, whatever else is parsed while its source is."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator

import pytest

from tests import ast_parse

LARGE = "x = [" + "f(a, b=[1, (2, 3)]), " * 2_000 + "]\n"


@pytest.fixture
def parses_meanwhile() -> Iterator[None]:
    """Garbage is collected all the time, and who hears of it parses something, some frames deeper."""
    before, busy = gc.get_threshold(), False

    def deeper(frames: int) -> None:
        if frames:
            deeper(frames - 1)
        else:
            ast.parse("1")

    def parse(_phase: str, _about: dict[str, int]) -> None:
        nonlocal busy
        if not busy:
            busy = True
            deeper(20)
            busy = False

    gc.callbacks.append(parse)
    gc.set_threshold(10)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(parse)


@pytest.mark.usefixtures("parses_meanwhile")
def test_a_large_source_is_parsed_while_a_finalizer_parses_another() -> None:
    tree = ast.parse(LARGE)
    assert isinstance(tree.body[0], ast.Assign)
    assert gc.isenabled()


@pytest.mark.skipif(not ast_parse.MISCOUNTED, reason="this Python counts right")
@pytest.mark.usefixtures("parses_meanwhile")
def test_a_python_that_is_said_to_miscount_does() -> None:
    with pytest.raises(SystemError, match="recursion depth mismatch"):
        ast_parse.original(LARGE)


def test_a_source_that_is_none_is_still_an_error() -> None:
    with pytest.raises(SyntaxError):
        ast_parse.parse("x = (")
