"""Lease arithmetic, searched whole: who serves at most until when, and from when another may begin.

One worker of a kind that stops without its coordinator, on a clock that ticks in whole seconds. Between
two ticks an exchange may be sent, received, answered or given up; the machine may sleep through any
number of ticks, which its boot-time clock counts. Lease and verdict are the SDK's own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from shardwright_worker.lease import Lease
from shardwright_worker.protocol import Terms

LEASE_S = 10
FORGOTTEN_S = 2 * LEASE_S
TERMS = Terms(float(LEASE_S), 5.0, True, None)


class Moment(NamedTuple):
    """Ages in seconds. ``answered``: of the sending of the exchange that was answered last, and of that
    answer; ``received``: of the last exchange that reached the orchestrator, from which it counts a lease.
    ``sent``: of the exchange under way; -1: there is none. ``awake``: has looked at its lease just now.
    """

    answered: tuple[int, int] = (0, 0)
    received: int = 0
    sent: int = -1
    is_received: bool = False
    awake: bool = True


def search_leases() -> tuple[int, str]:
    """How many moments there are, and what is wrong with the first bad one; empty when none is."""
    first = Moment()
    known, todo = {first}, deque([first])
    while todo:
        here = todo.popleft()
        if here.awake and here.received >= LEASE_S:
            return len(known), f"serves {here.received} s after the orchestrator heard of it last"
        for there in _next(here):
            if there not in known:
                known.add(there)
                todo.append(there)
    return len(known), ""


def _next(here: Moment) -> Iterator[Moment]:
    passed = here._replace(
        answered=(_older(here.answered[0]), _older(here.answered[1])),
        received=_older(here.received),
        sent=here.sent if here.sent < 0 else _older(here.sent),
    )
    yield passed._replace(awake=False)
    if not _is_over(passed):
        yield passed._replace(awake=True)
    if here.sent >= 0:
        if not here.is_received:
            yield here._replace(received=0, is_received=True)
        elif here.awake and not _is_over(here):
            yield here._replace(answered=(here.sent, 0), sent=-1, is_received=False)
        yield here._replace(sent=-1, is_received=False)
    elif here.awake:
        yield here._replace(sent=0)


def _older(age: int) -> int:
    return min(age + 1, FORGOTTEN_S)


def _is_over(moment: Moment) -> bool:
    """What the watchdog finds, and who takes an answer before it."""
    lease = Lease(began=float(-FORGOTTEN_S), away_limit=None)
    sent, answered = moment.answered
    lease.renew(sent=float(-sent), answered=float(-answered), terms=TERMS)
    return lease.verdict(0.0) is not None
