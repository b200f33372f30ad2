"""The worst of what a ledger of coverage knows: by name, and by shard. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

from orchestrator.core.coverage.accounts import Accounts
from orchestrator.core.coverage.cover import ARRIVING, Cover
from orchestrator.core.coverage.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """One resource, or those of a whole shard (``id`` empty: ``count`` of them).

    ``state``: unowned, unknown or double; empty where it is over. ``for_s``: seconds since when that is so;
    ``total_s``: in the window, whatever the state was; of a whole shard, what goes on now.
    """

    id: str
    shard: int | None
    count: int
    state: str
    for_s: float
    total_s: float
    why: str


def worst(ledger: Ledger, now: float, most: int) -> tuple[Worst, ...]:
    """What has been so for the longest without a break, the worst first."""
    found = [*_running(ledger, now, most), *_doubled(ledger.doubles, now, most)]
    found += [one for accounts in (ledger.open, ledger.doubles) for one in _marks(accounts, now) if one.count]
    return tuple(nlargest(most, found, key=lambda one: (one.state != Cover.UNKNOWN, one.for_s, one.count)))


def worst_in_window(ledger: Ledger, now: float, most: int) -> tuple[Worst, ...]:
    """The resources that were so for the longest in the window, all their times together."""
    running = {one.id: one for one in _running(ledger, now, most)}
    over = (
        Worst(id=name, shard=None, count=1, state="", for_s=0.0, total_s=total, why="it is over")
        for name, total in ledger.open.ended.largest(2 * most, now)
        if name not in running
    )
    return tuple(nlargest(most, [*running.values(), *over], key=lambda one: one.total_s))


def overdue(
    ledger: Ledger, now: float, after: float, but: Container[str], most: int
) -> tuple[int, tuple[Worst, ...]]:
    """How many ids nobody has served for longer than ``after`` seconds, and the worst; ``but``: not these."""
    late = [
        one for one in _ids(ledger) if one[2] == Cover.UNOWNED and now - one[3] > after and one[0] not in but
    ]
    return len(late), tuple(
        _one(ledger, one, now) for one in nlargest(most, late, key=lambda one: now - one[3])
    )


def overdue_shards(ledger: Ledger, now: float, after: float) -> tuple[Worst, ...]:
    """The shards of which nobody has served the ids for longer than ``after`` seconds."""
    found = [
        one
        for one in _marks(ledger.open, now)
        if one.state == Cover.UNOWNED and one.for_s > after and one.count
    ]
    return tuple(sorted(found, key=lambda one: -one.for_s))


_Id = tuple[str, int | None, str, float, str]
"""Id, shard, state, since, why."""


def _ids(ledger: Ledger, most: int | None = None) -> Iterator[_Id]:
    """All that are known by name; ``most``: so many of what one shard was given at once."""
    for name, one in ledger.open.named.items():
        yield name, one.shard, one.state, one.since, one.why
    for number, arrival in ledger.arrivals():
        waiting = (i for i in arrival.ids if i not in arrival.left)
        for name in islice(waiting, most):
            yield name, number, Cover.UNOWNED, arrival.since, ARRIVING


def _running(ledger: Ledger, now: float, most: int) -> list[Worst]:
    longest = nlargest(most, _ids(ledger, most), key=lambda one: now - one[3])
    return [_one(ledger, one, now) for one in longest]


def _one(ledger: Ledger, one: _Id, now: float) -> Worst:
    name, shard, state, since, why = one
    running = max(0.0, now - since)
    total = ledger.open.ended.total(name, now) + running
    return Worst(id=name, shard=shard, count=1, state=state, for_s=running, total_s=total, why=why)


def _doubled(accounts: Accounts, now: float, most: int) -> Iterator[Worst]:
    for name, one in nlargest(most, accounts.named.items(), key=lambda item: now - item[1].since):
        running = max(0.0, now - one.since)
        total = accounts.ended.total(name, now) + running
        yield Worst(
            id=name, shard=one.shard, count=1, state=one.state, for_s=running, total_s=total, why=one.why
        )


def _marks(accounts: Accounts, now: float) -> Iterator[Worst]:
    for number, mark in accounts.marks.items():
        running = max(0.0, now - mark.since)
        yield Worst(
            id="",
            shard=number,
            count=accounts.whole(number),
            state=mark.state,
            for_s=running,
            total_s=running,
            why=mark.why,
        )
