"""Durations as people write them: 90, 90s, 5m, 6h, 2d."""

from __future__ import annotations

import re

import typer

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(text: str, option: str) -> float:
    """Raises BadParameter."""
    named = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([smhd]?)", text, re.ASCII)
    if not named:
        raise typer.BadParameter(f"{text!r} is no duration such as 90s, 5m or 6h", param_hint=option)
    return float(named[1]) * UNITS[named[2]]
