"""Numbers and durations read alike everywhere; colour is for terminals only."""

from __future__ import annotations

import io
import sys

import pytest

from orchestrator.cli.printing import columns, say
from orchestrator.cli.words import brief, clock, duration, number, state
from orchestrator.core.printable import printable


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (None, "-", "-"),
        (-3.0, "0.0 s", "0s"),
        (0.24, "0.2 s", "0s"),
        (41.9, "41 s", "41s"),
        (134, "2 min 14 s", "2min14s"),
        (3600, "1 h", "1h"),
        (11100, "3 h 5 min", "3h5min"),
        (200000, "2 d 7 h", "2d7h"),
    ],
)
def test_durations(seconds: float | None, long: str, short: str) -> None:
    assert (duration(seconds), brief(seconds)) == (long, short)


def test_what_is_not_known_is_a_dash_and_never_zero() -> None:
    assert (number(None), state(None), state("")) == ("-", "-", "-")


def test_trouble_is_written_in_capitals() -> None:
    assert (state("lost"), state("ok"), state("draining")) == ("LOST", "ok", "draining")


def test_a_time_of_another_day_has_its_date() -> None:
    assert len(clock(1_000_000.0, 1_000_000.0)) == 8
    assert len(clock(1_000_000.0, 9_000_000.0)) == 19


def test_control_and_direction_characters_are_escaped() -> None:
    assert printable("温度-7 ok") == "温度-7 ok"
    assert printable("a\x1b\x07\u202e\u2028") == "a\\x1b\\x07\\u202e\\u2028"


def test_wide_characters_count_as_two_columns() -> None:
    assert columns(("ID", "N"), [("温度", "1"), ("abc", "2")]) == ["ID    N", "温度  1", "abc   2"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_it_does_not_want_any(
    monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    say(["17  LOST  [red]x[/red] :smile: " + "y" * 200])
    text = terminal.getvalue()
    assert ("\x1b[" in text) is coloured
    assert "[red]x[/red] :smile: " in text
    assert text.count("\n") == 1
