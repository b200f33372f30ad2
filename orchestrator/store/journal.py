"""The journal in a database of its own: SQLite beside the store, or whatever else the URL names.

One thread does all of it, so that the event loop never waits. It is history, not truth: losing its
last lines in a power failure loses no decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc as sa_errors

from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import JournalFilter, JournalLine
from orchestrator.store.journal_tables import (
    COUNTER,
    LINES,
    METADATA,
    SUBJECTS,
    line_of,
    row_of,
    subjects_of,
    wanted_rows,
)
from orchestrator.store.sqlite_errors import LASTING, primary_code

MAX_LINES = 100_000
MOST_PRUNED_AT_ONCE = 1000
BUSY_TIMEOUT_MS = 5000

Result = TypeVar("Result")


class SqlJournal:
    """Made by ``open``. Holds at most ``max_lines``, the oldest go first, a few hundred at a time."""

    def __init__(self, url: str, max_lines: int) -> None:
        self._engine = _engine(url)
        self._max_lines = max_lines
        self._step = max(1, min(max_lines // 10, MOST_PRUNED_AT_ONCE))
        self._first: int | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._closed = False

    @classmethod
    async def open(cls, url: str, *, max_lines: int = MAX_LINES) -> SqlJournal:
        """Open the journal and make its tables. ``url`` as SQLAlchemy takes it.

        Raises Permanent when the database cannot be used, Unavailable when it does not answer.
        """
        if max_lines < 1:
            raise Permanent(f"a journal of {max_lines} lines cannot be kept")
        journal = cls(url, max_lines)
        try:
            await journal._run(journal._prepare)
        except BaseException:
            await journal.close()
            raise
        return journal

    async def append(self, lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        return await self._run(lambda: self._append(lines))

    async def read(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        return await self._run(lambda: self._read(wanted))

    async def close(self) -> None:
        """Finish what was begun and let go of the database. May be repeated."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    # --- on the thread ---

    def _prepare(self) -> None:
        with self._transaction() as connection:
            METADATA.create_all(connection)
            if connection.execute(sa.select(COUNTER.c.last)).first() is None:
                connection.execute(sa.insert(COUNTER).values(only=0, last=0))
            self._first = connection.execute(sa.select(sa.func.min(LINES.c.sequence))).scalar()

    def _append(self, lines: Sequence[JournalLine]) -> list[JournalLine]:
        if not lines:
            return []
        first = self._first
        with self._transaction() as connection:
            # A write comes first: it takes the lock under which the numbers are given.
            taken = sa.update(COUNTER).values(last=COUNTER.c.last + len(lines)).returning(COUNTER.c.last)
            last: int = connection.execute(taken).scalar_one()
            start = last - len(lines) + 1
            written = [replace(line, sequence=start + offset) for offset, line in enumerate(lines)]
            connection.execute(sa.insert(LINES), [row_of(line) for line in written])
            subjects = [subject for line in written for subject in subjects_of(line)]
            if subjects:
                connection.execute(sa.insert(SUBJECTS), subjects)
            first = start if first is None else first
            if last - first + 1 > self._max_lines:
                first = last - self._max_lines + self._step
                for table in (SUBJECTS, LINES):
                    connection.execute(sa.delete(table).where(table.c.sequence < first))
        self._first = first
        return written

    def _read(self, wanted: JournalFilter) -> list[JournalLine]:
        with self._transaction() as connection:
            return [line_of(row) for row in connection.execute(wanted_rows(wanted)).mappings()]

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa_errors.DBAPIError as exc:
            raise _explained(exc) from exc
        except sa_errors.TimeoutError as exc:
            raise Unavailable(f"the journal's database does not answer: {exc}") from exc

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._closed:
            raise Unavailable("the journal is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _engine(url: str) -> sa.Engine:
    try:
        engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (sa_errors.ArgumentError, sa_errors.NoSuchModuleError) as exc:
        raise Permanent("the journal's URL is not one of a database that SQLAlchemy knows") from exc
    except ImportError as exc:
        raise Permanent(f"the driver of the journal's database is not installed: {exc}") from exc
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _tune_sqlite)
    return engine


def _tune_sqlite(connection: Any, record: object) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", "journal_mode = WAL", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _explained(error: sa_errors.DBAPIError) -> Unavailable | Permanent:
    # The driver's own words only: SQLAlchemy adds the statement with its parameters, ids among them.
    cause = error.orig if error.orig is not None else error
    passing = isinstance(error, (sa_errors.OperationalError, sa_errors.InterfaceError))
    if passing and primary_code(cause) not in LASTING:
        return Unavailable(f"the journal's database does not answer: {cause}")
    return Permanent(f"the journal's database cannot be used: {cause}")
