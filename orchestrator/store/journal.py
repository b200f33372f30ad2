"""The journal in a database of its own: SQLite beside the store, or PostgreSQL for several orchestrators.

One thread does all of it, so that the event loop never waits. It is history, not truth: losing its
last lines in a power failure loses no decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from orchestrator.errors import Permanent
from orchestrator.ports import JournalFilter, JournalLine, Recorded
from orchestrator.store.journal_insert import insert
from orchestrator.store.journal_payloads import add_payloads, read_recorded
from orchestrator.store.journal_tables import (
    COUNTER,
    LINES,
    PAYLOADS,
    SCHEMA,
    SUBJECTS,
    line_of,
    row_of,
    subjects_of,
    wanted_rows,
)
from orchestrator.store.sql_thread import SqlThread

MAX_LINES = 100_000
MAX_PAYLOAD_BYTES = 256 * 1024 * 1024
"""Beyond it the oldest payloads go, though their lines stay."""

MOST_PRUNED_AT_ONCE = 1000
ANSWER_WITHIN_S = 20.0


class SqlJournal:
    """Made by ``open``. Holds at most ``max_lines``, the oldest go first, a few hundred at a time."""

    def __init__(self, url: str, max_lines: int, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> None:
        self._database = SqlThread(
            url, SCHEMA, of="journal", also=self._begin, answer_within_s=ANSWER_WITHIN_S
        )
        self._max_lines = max_lines
        self._max_payload_bytes = max_payload_bytes
        self._step = max(1, min(max_lines // 10, MOST_PRUNED_AT_ONCE))
        self._first: int | None = None
        self._payload_bytes: int | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        max_lines: int = MAX_LINES,
        max_payload_bytes: int = MAX_PAYLOAD_BYTES,
        required: bool = True,
    ) -> SqlJournal:
        """Open the journal and make its tables. ``url`` as SQLAlchemy takes it.

        ``required``: whether the database must answer now; else it may come later, and is prepared then.
        Raises Permanent when the database cannot be used, Unavailable when it does not answer, ConfigError
        when its driver is not installed.
        """
        if max_lines < 1:
            raise Permanent(f"a journal of {max_lines} lines cannot be kept")
        journal = cls(url, max_lines, max_payload_bytes)
        await journal._database.open(required=required)
        return journal

    async def append(self, lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        return await self._database.run(lambda: self._append(lines))

    async def read(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        return await self._database.run(lambda: self._read(wanted))

    async def recorded(self, kind: str, *, after: int, limit: int) -> Sequence[Recorded]:
        return await self._database.run(lambda: self._recorded(kind, after, limit))

    async def close(self) -> None:
        """Finish what was begun and let go of the database. May be repeated."""
        await self._database.close()

    # --- on the thread ---

    def _begin(self, connection: sa.Connection) -> None:
        if connection.execute(sa.select(COUNTER.c.last)).first() is None:
            connection.execute(sa.insert(COUNTER).values(only=0, last=0))
        self._first = connection.execute(sa.select(sa.func.min(LINES.c.sequence))).scalar()

    def _append(self, lines: Sequence[JournalLine]) -> list[JournalLine]:
        if not lines:
            return []
        with self._database.transaction() as connection:
            first = self._first
            # A write comes first: it takes the lock under which the numbers are given.
            taken = sa.update(COUNTER).values(last=COUNTER.c.last + len(lines)).returning(COUNTER.c.last)
            last: int = connection.execute(taken).scalar_one()
            start = last - len(lines) + 1
            written = [replace(line, sequence=start + offset) for offset, line in enumerate(lines)]
            insert(connection, LINES, [row_of(line) for line in written])
            insert(connection, SUBJECTS, [subject for line in written for subject in subjects_of(line)])
            self._payload_bytes = add_payloads(
                connection, written, self._payload_bytes, self._max_payload_bytes
            )
            first = start if first is None else first
            if last - first + 1 > self._max_lines:
                first = last - self._max_lines + self._step
                for table in (SUBJECTS, PAYLOADS, LINES):
                    connection.execute(sa.delete(table).where(table.c.sequence < first))
        self._first = first
        return written

    def _read(self, wanted: JournalFilter) -> list[JournalLine]:
        with self._database.transaction() as connection:
            return [line_of(row) for row in connection.execute(wanted_rows(wanted)).mappings()]

    def _recorded(self, kind: str, after: int, limit: int) -> list[Recorded]:
        with self._database.transaction() as connection:
            return read_recorded(connection, kind, after, limit)
