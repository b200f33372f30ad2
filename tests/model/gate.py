"""The kill gate, searched whole: whatever falls silent when, how many are stopped within a window.

Time goes in seconds; the window and the deadline are short, so that the past has few forms. The gate is
the product's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from orchestrator.core import health
from orchestrator.core.policy import HealthPolicy

WINDOW_S = 4
POLICY = HealthPolicy(window=float(WINDOW_S), interval=1.0, deadline=5.0, kill_ratio=0.25)
BEGUN = 100.0

Past = tuple[int, ...]
"""Ages of the stops of the last window, oldest first; then how long the leader has listened."""


def search_gate(instances: int) -> tuple[int, str]:
    """How many states there are, and what is wrong with the first bad one; empty when none is."""
    first: tuple[Past, int] = ((), 0)
    known, todo = {first}, deque([first])
    while todo:
        stops, listened = todo.popleft()
        for silent in range(instances + 1):
            for proven in (True, False):
                stopped = _stopped(stops, listened, silent, instances, proven=proven)
                if wrong := _wrong(stops, listened, silent, stopped, instances, proven=proven):
                    return len(known), wrong
                for there in _later((*stops, *(0,) * stopped), listened):
                    if there not in known:
                        known.add(there)
                        todo.append(there)
    return len(known), ""


def _stopped(stops: Past, listened: int, silent: int, instances: int, *, proven: bool) -> int:
    sentence = health.kill_gate(
        range(silent),
        instances,
        [BEGUN - age for age in stops],
        POLICY,
        proven=BEGUN if proven else BEGUN - POLICY.deadline,
        leading_since=BEGUN - listened,
        now=BEGUN,
    )
    return len(sentence.stop)


def _wrong(stops: Past, listened: int, silent: int, stopped: int, instances: int, *, proven: bool) -> str:
    if stopped and not proven:
        return "stopped while nothing proves that a beat would be heard"
    if stopped and listened < WINDOW_S:
        return f"stopped {listened} s after the leader began to listen"
    if stopped and silent == instances >= 2:
        return f"all {instances} were silent, and {stopped} were stopped"
    if len(stops) + stopped > max(1, instances // 4):
        return f"{len(stops) + stopped} of {instances} were stopped within {WINDOW_S} s"
    return ""


def _later(stops: Past, listened: int) -> Iterator[tuple[Past, int]]:
    for seconds in range(1, WINDOW_S + 1):
        ages = tuple(age + seconds for age in stops if age + seconds < WINDOW_S)
        yield ages, min(listened + seconds, WINDOW_S)
