"""Which alarms are told to whom: when they have stood for a while, again now and then, and when they end.

All times are seconds of the epoch, so that a book that another leader wrote can be gone on with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from orchestrator.core.alerting.alarm import Alarm

MOST_ENTRIES = 1000
"""Open at once. Whoever has more is told of these; the rest waits until some of them end."""


class Said(StrEnum):
    OPEN = "open"
    REPEATED = "repeated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """Seconds. ``after``: an alarm is told that has stood so long; ``quiet``: one is over that was not seen
    for so long; ``repeat``: told again each time it has stood so much longer, None: never.
    """

    after: float = 60.0
    quiet: float = 120.0
    repeat: float | None = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``told``: when it was last told, by target."""

    alarm: Alarm
    since: float
    seen: float
    told: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one target is told of one alarm. ``at``: when it was last seen."""

    said: Said
    alarm: Alarm
    since: float
    at: float


Book = Mapping[str, Entry]


def look(book: Book, alarms: Iterable[Alarm], now: float, policy: AlertPolicy) -> dict[str, Entry]:
    """The book after a look at all alarms that stand now. A look that failed is no look."""
    after = dict(book)
    for alarm in alarms:
        known = after.get(alarm.name)
        if known is not None and now - known.seen > policy.quiet and not known.told:
            known = None
        if known is None and len(after) >= MOST_ENTRIES:
            continue
        since = now if known is None else known.since
        told = {} if known is None else known.told
        after[alarm.name] = Entry(alarm=alarm, since=since, seen=now, told=told)
    return {name: entry for name, entry in after.items() if entry.told or now - entry.seen <= policy.quiet}


def due(book: Book, target: str, now: float, policy: AlertPolicy, *, only_person: bool) -> list[Notice]:
    """What this target is to be told now: what ended first, then what needs a person, the oldest first."""
    found: list[tuple[bool, bool, float, str, Notice]] = []
    for name, entry in book.items():
        if only_person and not entry.alarm.needs_person:
            continue
        said = _said(entry, target, now, policy)
        if said is not None:
            notice = Notice(said=said, alarm=entry.alarm, since=entry.since, at=entry.seen)
            order = said is not Said.RESOLVED, not entry.alarm.needs_person, entry.since, name
            found.append((*order, notice))
    return [each[-1] for each in sorted(found, key=lambda each: each[:-1])]


def _said(entry: Entry, target: str, now: float, policy: AlertPolicy) -> Said | None:
    told = entry.told.get(target)
    if now - entry.seen > policy.quiet:
        return None if told is None else Said.RESOLVED
    if told is None:
        return Said.OPEN if now - entry.since >= policy.after else None
    is_old = policy.repeat is not None and now - told >= policy.repeat
    return Said.REPEATED if is_old else None


def told(book: Book, target: str, notices: Sequence[Notice], now: float) -> dict[str, Entry]:
    """The book after a target was told. What is over goes when everybody who knew of it knows that."""
    after = dict(book)
    for notice in notices:
        entry = after.get(notice.alarm.name)
        if entry is None:
            continue
        if notice.said is Said.RESOLVED:
            left = {name: at for name, at in entry.told.items() if name != target}
            if left:
                after[notice.alarm.name] = replace(entry, told=left)
            else:
                del after[notice.alarm.name]
        else:
            after[notice.alarm.name] = replace(entry, told={**entry.told, target: now})
    return after


def forget_targets(book: Book, targets: Iterable[str]) -> dict[str, Entry]:
    """The book without what targets were told that are configured no more."""
    known = set(targets)
    return {
        name: replace(entry, told={one: at for one, at in entry.told.items() if one in known})
        for name, entry in book.items()
    }
