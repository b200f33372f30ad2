"""The statements of one kind, run on a thread of their own. Blocking: never on the event loop."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, inspect, select, table, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from orchestrator.catalog.connecting import begin_snapshot
from orchestrator.catalog.idtype import IdType, id_text
from orchestrator.catalog.kind import CatalogKind
from orchestrator.core.model import ONE, Vector
from orchestrator.errors import Unavailable
from orchestrator.ports import Listing

PAGE = 10_000
LOOKUP_CHUNK = 500
FETCH = 250
"""Rows taken from the driver at once: so few that they set off no garbage collection, whose pauses
of 30 to 50 ms (measured with 1,000 rows at once) would hold the event loop as well."""


@dataclass(frozen=True, slots=True)
class _Shape:
    id_type: IdType
    id: ColumnElement[Any]
    query: Select[Any]


class KindReader:
    """Reads one kind; ``bad_weights`` counts the weights of the last listing that were no natural number."""

    def __init__(self, kind: str, source: CatalogKind, engine: Engine) -> None:
        self._kind = kind
        self._source = source
        self._engine = engine
        self._shape: _Shape | None = None
        self.bad_weights = 0

    def lookup(self, ids: Collection[str], deadline: float) -> dict[str, Vector]:
        """Those of ``ids`` that exist, with their weights. Raises Unavailable."""
        with self._reading(deadline) as (connection, shape):
            values = shape.id_type.values(ids)
            wanted = set(ids)
            found: dict[str, Vector] = {}
            for start in range(0, len(values), LOOKUP_CHUNK):
                chunk = values[start : start + LOOKUP_CHUNK]
                for row in connection.execute(shape.query.where(shape.id.in_(chunk))):
                    # A database that ignores case would return an id that nobody asked for.
                    if (found_id := id_text(row[0])) in wanted:
                        found[found_id] = self._weight(row) or ONE
            return found

    def listing(self, deadline: float) -> Listing:
        """Every id, in pages of one snapshot. Raises Unavailable."""
        with self._reading(deadline) as (connection, shape):
            ids: list[str] = []
            weights: dict[str, Vector] = {}
            shared: dict[Vector, Vector] = {}
            bad = 0
            page = shape.query.order_by(shape.id).limit(PAGE)
            after = shape.id.is_not(None)
            count = PAGE
            while count == PAGE:
                count = 0
                for rows in connection.execute(page.where(after)).partitions(FETCH):
                    count += len(rows)
                    after = shape.id > rows[-1][0]
                    ids.extend([key if type(key) is str else id_text(key) for key, *_ in rows])
                    for row in rows if self._source.weights else ():
                        weight = self._weight(row)
                        if weight is None:
                            bad += 1
                        else:
                            weights[id_text(row[0])] = shared.setdefault(weight, weight)
            self.bad_weights = bad
            return Listing(ids=ids, weights=weights)

    def check(self, deadline: float) -> str | None:
        """Say why the catalog of the kind cannot be read, or None. Raises nothing that a reading raises."""
        try:
            with self._reading(deadline) as (connection, shape):
                connection.execute(shape.query.limit(1)).all()
        except Unavailable as exc:
            return str(exc)
        return None

    @contextmanager
    def _reading(self, deadline: float) -> Iterator[tuple[Connection, _Shape]]:
        try:
            with self._engine.connect() as connection:
                begin_snapshot(connection, deadline)
                if self._shape is None:
                    self._shape = self._described(connection)
                yield connection, self._shape
        except Unavailable as exc:
            raise Unavailable(f"the catalog of {self._kind} cannot be read: {exc}") from exc
        except (SQLAlchemyError, OSError, ValueError) as exc:
            # The table may have changed: it is described anew at the next reading.
            self._shape = None
            reason = "it took too long" if time.monotonic() >= deadline else _reason(exc)
            raise Unavailable(f"the catalog of {self._kind} cannot be read: {reason}") from exc

    def _described(self, connection: Connection) -> _Shape:
        source = self._source
        schema, _, name = source.table.rpartition(".")
        try:
            described = inspect(connection).get_columns(name, schema=schema or None)
        except NoSuchTableError as exc:
            raise Unavailable(f"there is no table {source.table!r}") from exc
        types = {entry["name"]: entry["type"] for entry in described}
        for wanted in (source.id_column, *source.weights.values()):
            if wanted not in types:
                raise Unavailable(f"the table {source.table!r} has no column {wanted!r}")
        id_type = IdType.of(types[source.id_column])
        if id_type is None:
            raise Unavailable(
                f"the column {source.id_column!r} of {source.table!r} has the type"
                f" {types[source.id_column]!r}, ids are text, integers or UUIDs"
            )
        id_column: ColumnElement[Any] = column(source.id_column, types[source.id_column])
        # Untyped: a text in a numeric column is a bad weight, not a failed reading.
        weights: list[ColumnElement[Any]] = [column(name) for name in source.weights.values()]
        query = select(id_column, *weights).select_from(table(name, schema=schema or None))
        if source.filter:
            query = query.where(text(f"({source.filter})"))
        return _Shape(id_type, id_column, query)

    def _weight(self, row: Any) -> Vector | None:
        """The weight of a row; None when a part of it is no natural number."""
        if not self._source.weights:
            return ONE
        parts = [_natural(value) for value in row[1:]]
        return None if None in parts else (1, *(part for part in parts if part is not None))


def _natural(value: Any) -> int | None:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _reason(exc: Exception) -> str:
    # The driver's own words: SQLAlchemy's would repeat the statement with all its ids.
    return str(getattr(exc, "orig", None) or exc).strip().splitlines()[0][:300]
