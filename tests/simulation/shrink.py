"""Finds the few acts of a broken world that are enough to break the same rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from tests.simulation.random_world import Violation, run_world
from tests.simulation.script import script_of

MOST_TRIES = 150


def essence(rule: str) -> str:
    """The rule without the names and numbers of one case."""
    code = re.match(r"[SL]\d+(?=:)", rule)
    return code.group() if code else re.sub(r"[\w/-]*\d[\w.]*|'[^']*'", "_", rule)[:60]


def shrink(violation: Violation, *, tries: int = MOST_TRIES) -> tuple[Violation, list[int]]:
    """The same rule broken by fewer acts, and which; at most so many worlds are run for it.

    Other acts than the first time may be the reason; what counts is that the rule is broken again.
    """
    wanted = essence(violation.rule)
    numbers = [act.number for act in script_of(violation.seed).acts]
    latest = violation

    def breaks(keep: Collection[int]) -> bool:
        nonlocal latest
        try:
            run_world(violation.seed, keep=keep)
        except Violation as again:
            if essence(again.rule) == wanted:
                latest = again
                return True
        return False

    kept = fewest(numbers, breaks, tries)
    return latest, kept


def fewest(items: list[int], breaks: Callable[[list[int]], bool], tries: int) -> list[int]:
    """Drop ever smaller pieces of the list for as long as it still breaks (delta debugging)."""
    piece = max(1, len(items) // 2)
    while tries > 0:
        at, dropped = 0, False
        while at < len(items) and tries > 0:
            rest = items[:at] + items[at + piece :]
            tries -= 1
            if breaks(rest):
                items, dropped = rest, True
            else:
                at += piece
        if piece == 1 and not dropped:
            break
        piece = max(1, piece // 2)
    return items
