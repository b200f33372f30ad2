"""What of the databases goes into a backup, and what a restore finds there already. Blocks: for a thread.

Sessions, keys of requests and the book of alarms are left out: they are short-lived, and a session that
has ended must not begin again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

import sqlalchemy as sa

from orchestrator.core.audit_check import Check, Misfit
from orchestrator.core.audit_trail import Head, document
from orchestrator.store import accounts_tables, audit_tables, journal_tables
from orchestrator.store.backup_tables import count, dump, is_there, rows_of, without


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlPart:
    """``of``: what is kept there, for the errors. ``tables``: those whose rows go along, in order.

    ``emptied``: those that lose their rows before the backup's are written; ``counted``: those of which
    one row means that something is there; ``raised``: those whose numbers never go back.
    """

    of: str
    tables: tuple[sa.Table, ...]
    emptied: tuple[sa.Table, ...]
    counted: tuple[sa.Table, ...]
    raised: tuple[sa.Table, ...] = ()

    @property
    def compared(self) -> tuple[sa.Table, ...]:
        """Those in which a difference means that something else is there."""
        return tuple(table for table in self.tables if table not in self.raised)


_JOURNAL = (
    journal_tables.COUNTER,
    journal_tables.LINES,
    journal_tables.SUBJECTS,
    journal_tables.PAYLOADS,
)
_TRAIL = (audit_tables.HEAD, audit_tables.LINES, audit_tables.BEGUN)
_ACCOUNTS = (accounts_tables.USERS, accounts_tables.TOKENS)

SQL_PARTS = {
    "audit": SqlPart(
        of="audit trail",
        tables=_TRAIL,
        # Its lines are never removed, so they are written into an empty trail only.
        emptied=(audit_tables.HEAD,),
        counted=(audit_tables.LINES, audit_tables.BEGUN),
    ),
    "accounts": SqlPart(
        of="account register",
        tables=_ACCOUNTS,
        emptied=(accounts_tables.SESSIONS, *_ACCOUNTS),
        counted=_ACCOUNTS,
    ),
    "journal": SqlPart(
        of="journal",
        tables=_JOURNAL,
        emptied=_JOURNAL[1:],
        counted=(journal_tables.LINES,),
        # Whoever reads what is after a number would take other lines for those that it has read.
        raised=(journal_tables.COUNTER,),
    ),
}


class Room(StrEnum):
    """What is in the place of a part. ``SAME``: what the backup holds, or what goes on from that."""

    EMPTY = "empty"
    SAME = "same"
    TAKEN = "taken"


def room(url: str, part: SqlPart, lines: Iterable[bytes]) -> Room:
    """Raises Unavailable, Permanent."""
    if not count(url, part.counted, part.of):
        return Room.EMPTY
    if part.tables == _TRAIL:
        return Room.SAME if _goes_on(url, part, lines) else Room.TAKEN
    pairs = zip_longest(dump(url, part.compared, part.of), without(lines, part.raised))
    return Room.SAME if all(one == other for one, other in pairs) else Room.TAKEN


def dumped(url: str, part: SqlPart) -> Iterable[bytes]:
    """Nothing where no database is. Raises Unavailable, Permanent."""
    return dump(url, part.tables, part.of) if is_there(url) else ()


def misfit(lines: Iterable[bytes]) -> Misfit | None:
    """The first line of a trail in a backup that does not fit. Raises Permanent for what is no line."""
    check, said = Check(), None
    for table, row in rows_of(lines, _TRAIL):
        if table is audit_tables.HEAD:
            said = Head(sequence=row["sequence"], hash=row["hash"])
        elif table is audit_tables.LINES:
            try:
                check.take(document(audit_tables.line_of(row)))
            except ValueError as exc:
                return Misfit(sequence=check.head.sequence + 1, why=str(exc))
    return check.ended(said)


def _goes_on(url: str, part: SqlPart, lines: Iterable[bytes]) -> bool:
    """Whether the trail there has the last line of the backup's: then it has all before it, too."""
    last = _last(lines)
    there = ((row["sequence"], row["hash"]) for table, row in _rows(url, part) if table is audit_tables.LINES)
    return last.sequence == 0 or (last.sequence, last.hash) in there


def _rows(url: str, part: SqlPart) -> Iterable[tuple[sa.Table, dict[str, object]]]:
    return rows_of(dump(url, part.tables, part.of), part.tables)


def _last(lines: Iterable[bytes]) -> Head:
    found = (row for table, row in rows_of(lines, _TRAIL) if table is audit_tables.HEAD)
    return next((Head(sequence=row["sequence"], hash=row["hash"]) for row in found), Head())
