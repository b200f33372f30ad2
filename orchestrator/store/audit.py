"""The audit trail in SQL: SQLite beside the store, or PostgreSQL, where several servers share one chain."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from orchestrator.core.audit_trail import GENESIS, AuditLine, Head, chained, tidy
from orchestrator.errors import Permanent
from orchestrator.ports.audit import AuditFilter
from orchestrator.store.audit_tables import (
    BEGUN,
    GUARDS,
    HEAD,
    LINES,
    SCHEMA,
    line_of,
    packed,
    row_of,
    unpacked,
    wanted_rows,
)
from orchestrator.store.sql_thread import SqlThread


class SqlAuditTrail:
    """Made by ``open``."""

    def __init__(self, url: str) -> None:
        self._thread = SqlThread(url, SCHEMA, of="audit trail", also=_begin_chain, is_durable=True)

    @classmethod
    async def open(cls, url: str, *, required: bool = True) -> SqlAuditTrail:
        """Open the trail and make its tables. ``url`` as SQLAlchemy takes it.

        ``required``: whether the database must answer now; else it may come later. Raises Permanent when it
        cannot be used, Unavailable when it does not answer, ConfigError when its driver is not installed.
        """
        trail = cls(url)
        await trail._thread.open(required=required)
        return trail

    @property
    def has_one_server(self) -> bool:
        """Whether no other server can append to it: it is a file of our own."""
        return self._thread.is_file

    async def begin(self, line: AuditLine) -> str:
        mark, tidied = secrets.token_hex(16), tidy(line)
        await self._thread.run(lambda: self._begin(mark, tidied))
        return mark

    async def finish(self, mark: str, line: AuditLine) -> AuditLine:
        (done,) = await self._thread.run(lambda: self._append([tidy(line)], (mark,)))
        return done

    async def append(self, lines: Sequence[AuditLine]) -> Sequence[AuditLine]:
        if not lines:
            return []
        return await self._thread.run(lambda: self._append([tidy(line) for line in lines]))

    async def abandoned(self, before: float) -> Sequence[AuditLine]:
        return await self._thread.run(lambda: self._abandoned(before))

    async def read(self, wanted: AuditFilter) -> Sequence[AuditLine]:
        return await self._thread.run(lambda: self._read(wanted))

    async def head(self) -> Head:
        return await self._thread.run(self._head)

    async def close(self) -> None:
        await self._thread.close()

    # --- on the thread ---

    def _begin(self, mark: str, line: AuditLine) -> None:
        with self._thread.transaction() as connection:
            connection.execute(sa.insert(BEGUN).values(mark=mark, at=line.at, line=packed(line)))

    def _append(self, lines: Sequence[AuditLine], marks: Iterable[str] = ()) -> list[AuditLine]:
        with self._thread.transaction() as connection:
            return _appended(connection, lines, marks)

    def _abandoned(self, before: float) -> list[AuditLine]:
        with self._thread.transaction() as connection:
            # Under the lock: what another server is finishing right now is finished before we look.
            _locked(connection)
            found = connection.execute(sa.select(BEGUN).where(BEGUN.c.at < before).order_by(BEGUN.c.at)).all()
            return _appended(connection, [unpacked(row.line) for row in found], [row.mark for row in found])

    def _read(self, wanted: AuditFilter) -> list[AuditLine]:
        with self._thread.transaction() as connection:
            rows = connection.execute(wanted_rows(wanted)).mappings().all()
        try:
            return [line_of(row) for row in rows]
        except ValueError as exc:
            raise Permanent(f"the audit trail holds what is no line of it: {exc}") from exc

    def _head(self) -> Head:
        with self._thread.transaction() as connection:
            row = connection.execute(sa.select(HEAD.c.sequence, HEAD.c.hash)).first()
        if row is None:
            raise Permanent("the audit trail has lost its head")
        return Head(sequence=row.sequence, hash=row.hash)


def _begin_chain(connection: sa.Connection) -> None:
    if connection.execute(sa.select(HEAD.c.only)).first() is None:
        connection.execute(sa.insert(HEAD).values(only=0, sequence=0, hash=GENESIS))
        for statement in GUARDS[connection.dialect.name]:
            connection.exec_driver_sql(statement)


def _appended(connection: sa.Connection, lines: Sequence[AuditLine], marks: Iterable[str]) -> list[AuditLine]:
    if not lines:
        return []
    done = chained(lines, _locked(connection))
    connection.execute(sa.insert(LINES), [row_of(line) for line in done])
    connection.execute(sa.update(HEAD).values(sequence=done[-1].sequence, hash=done[-1].hash))
    for mark in marks:
        connection.execute(sa.delete(BEGUN).where(BEGUN.c.mark == mark))
    return done


def _locked(connection: sa.Connection) -> Head:
    """The head, which nobody else moves before this transaction ends: a write locks it in any database."""
    taken = sa.update(HEAD).values(sequence=HEAD.c.sequence).returning(HEAD.c.sequence, HEAD.c.hash)
    row = connection.execute(taken).first()
    if row is None:
        raise Permanent("the audit trail has lost its head")
    return Head(sequence=row.sequence, hash=row.hash)
