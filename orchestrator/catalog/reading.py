"""The statements of one kind, run on a thread of their own. Blocking: never on the event loop."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.catalog.attempt import Attempt
from orchestrator.catalog.connecting import begin_snapshot, refuse_replica, without_transactions
from orchestrator.catalog.idtype import IdType, id_text
from orchestrator.catalog.kind import CatalogKind
from orchestrator.catalog.pages import listed
from orchestrator.catalog.shape import Shape, described
from orchestrator.catalog.told import Told, traits_in
from orchestrator.core.traits import Traits
from orchestrator.errors import Unavailable
from orchestrator.ports import Listing

PAGE = 10_000
LOOKUP_CHUNK = 500
FETCH = 250
"""Rows taken from the driver at once: so few that they set off no garbage collection, whose pauses
of 30 to 50 ms (measured with 1,000 rows at once) would hold the event loop as well."""

PLAIN = "0"

_UNTRANSLATABLE = ("22P05", "22021")
"""What PostgreSQL says of a letter that its database has none for."""

_ILLEGAL_MIX = (1267, 1270, 1271, 3988)
"""So says MySQL of a letter that the column's character set has none for, and of other mixtures."""


class UntranslatableError(Unavailable):
    """The question could not be put: an id has letters that the column's character set has not."""


class KindReader:
    """Reads one kind."""

    def __init__(self, kind: str, source: CatalogKind, engine: Engine) -> None:
        self._kind = kind
        self._source = source
        self._engine = engine
        self._alone = without_transactions(engine)
        self._shape: Shape | None = None

    @property
    def shape(self) -> Shape | None:
        """What is known of the table; None before it was read, and after a reading that failed."""
        return self._shape

    def lookup(self, ids: Collection[str], attempt: Attempt) -> dict[str, Traits]:
        """Those of ``ids`` that exist, with their weights and labels. Raises Unavailable.

        An id that the column's character set has no letters for exists nowhere. Databases refuse the whole
        question for it, so that one such id in a message would keep every other from being looked up.
        """
        try:
            return self._lookup(ids, attempt)
        except UntranslatableError:
            asked = list(ids)
            if len(asked) > 1:
                half = len(asked) // 2
                return {**self.lookup(asked[:half], attempt), **self.lookup(asked[half:], attempt)}
            if not asked[0].isascii():
                # Where plain ids are refused as well it is not this one that is wrong.
                self.lookup([PLAIN], attempt)
                return {}
            self._shape = None
            raise

    def _lookup(self, ids: Collection[str], attempt: Attempt) -> dict[str, Traits]:
        # What one statement reads is consistent by itself.
        with self._reading(attempt, single=len(ids) <= LOOKUP_CHUNK) as (connection, shape):
            values = shape.id_type.values(ids)
            wanted = set(ids)
            found: dict[str, Traits] = {}
            for start in range(0, len(values), LOOKUP_CHUNK):
                chunk = values[start : start + LOOKUP_CHUNK]
                for row in connection.execute(shape.lookup, {"ids": chunk}):
                    # A database that ignores case would return an id that nobody asked for.
                    if (found_id := id_text(row[0])) in wanted:
                        found[found_id] = traits_in(row, self._source)
            return found

    def listing(self, attempt: Attempt) -> Listing:
        """Every id, in pages of one snapshot. Raises Unavailable."""
        with self._reading(attempt) as (connection, shape):
            refuse_replica(connection)
            told = Told(self._source)
            whole = None if self._source.has_traits else listed(connection, shape, PAGE)
            if whole is not None:
                return told.listing(whole)
            ids: list[str] = []
            seen: frozenset[str] = frozenset()
            last: Any = None
            page = shape.query.order_by(shape.id).limit(PAGE)
            if connection.dialect.driver == "pymysql":
                # Otherwise it makes a page's rows all at once, and holds the event loop for 140 ms.
                page = page.execution_options(stream_results=True, max_row_buffer=FETCH)
            after = shape.id.is_not(None)
            count = PAGE
            while count == PAGE:
                count, began = 0, len(ids)
                for rows in _parts(connection.execute(page.where(after)), shape):
                    count += len(rows)
                    last = rows[-1][0]
                    new = [row for row in rows if row[0] not in seen] if seen else rows
                    ids.extend([key if type(key) is str else id_text(key) for key, *_ in new])
                    if self._source.has_traits:
                        told.take(new)
                if count == PAGE and len(ids) == began:
                    raise Unavailable(
                        f"more than {PAGE} rows have ids that the database holds equal to {last!r}"
                    )
                if count == PAGE and shape.ties:
                    # Ids that differ only in case, say, may stand on both sides of the end of a page.
                    seen, after = frozenset(ids[began:]), shape.id >= last
                elif count == PAGE:
                    after = shape.id > last
            return told.listing(ids)

    def check(self, attempt: Attempt) -> str | None:
        """Say why the catalog of the kind cannot be read, or None. Raises nothing that a reading raises."""
        try:
            with self._reading(attempt) as (connection, shape):
                connection.execute(shape.query.limit(1)).all()
        except Unavailable as exc:
            return str(exc)
        return None

    @contextmanager
    def _reading(self, attempt: Attempt, *, single: bool = False) -> Iterator[tuple[Connection, Shape]]:
        """``single``: no more than one statement will be read with."""
        try:
            shape = self._shape
            alone = self._alone if single and shape is not None else None
            with attempt, (alone or self._engine).connect() as connection:
                if shape is None:
                    begin_snapshot(connection, attempt)
                    shape = self._shape = described(connection, self._source)
                    connection.rollback()
                if alone is None:
                    begin_snapshot(connection, attempt, shape.lock)
                yield connection, shape
        except Unavailable as exc:
            raise Unavailable(f"the catalog of {self._kind} cannot be read: {exc}") from exc
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error, OSError, ValueError) as exc:
            reason = "it took too long" if time.monotonic() >= attempt.until else _reason(exc)
            sort: type[Unavailable] = UntranslatableError
            if not _is_untranslatable(getattr(exc, "orig", exc)):
                # The table may have changed: it is described anew at the next reading.
                self._shape, sort = None, Unavailable
            raise sort(f"the catalog of {self._kind} cannot be read: {reason}") from exc


def _parts(result: CursorResult[Any], shape: Shape) -> Iterator[Sequence[Any]]:
    """The rows, a few at a time; as the driver has them where nothing is to be made of its values."""
    cursor: Any = result.cursor
    if result.context.dialect.driver != "psycopg" or shape.id_type is IdType.UUID:
        yield from result.partitions(FETCH)
        return
    while rows := cursor.fetchmany(FETCH):
        yield rows
    result.close()


def _is_untranslatable(error: Any) -> bool:
    if isinstance(error, UnicodeEncodeError) or getattr(error, "sqlstate", None) in _UNTRANSLATABLE:
        return True
    return bool(getattr(error, "args", ())) and error.args[0] in _ILLEGAL_MIX


def _reason(exc: Exception) -> str:
    # The driver's own words: SQLAlchemy's would repeat the statement with all its ids.
    return str(getattr(exc, "orig", None) or exc).strip().splitlines()[0][:300]
