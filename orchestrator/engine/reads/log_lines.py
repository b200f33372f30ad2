"""What an instance wrote, where one file holds what several incarnations wrote one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_READ = 2_000
"""Lines that are looked through for the incarnation before."""

_BEGINNING = re.compile(r"--- incarnation \d+")


def previous_lines(lines: Sequence[str]) -> list[str] | None:
    """Those of the incarnation before the last one in these lines; None: nothing of it is among them."""
    beginnings = [number for number, line in enumerate(lines) if _BEGINNING.fullmatch(line)]
    if not beginnings or beginnings[-1] == 0:
        return None
    start = beginnings[-2] if len(beginnings) > 1 else 0
    return list(lines[start : beginnings[-1]])
