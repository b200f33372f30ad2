"""What the table of a kind looks like in its database, and the statement that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    Text,
    bindparam,
    cast,
    column,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import TypeEngine

from orchestrator.catalog.idtype import IdType
from orchestrator.catalog.kind import CatalogKind
from orchestrator.errors import Unavailable

_WITHOUT_SNAPSHOTS = frozenset({"ARCHIVE", "ARIA", "CSV", "MEMORY", "MRG_MYISAM", "MYISAM"})
_LOCKABLE = ("r", "p")


@dataclass(frozen=True, slots=True)
class Shape:
    """``id`` is compared and ordered as the database does it; ``ties`` when it holds different ids equal.

    ``lookup``: of the parameter ``ids``. ``lock``: the quoted table, where reading needs a lock.
    """

    id_type: IdType
    id: ColumnElement[Any]
    ties: bool
    query: Select[Any]
    lookup: Select[Any]
    lock: str | None


def described(connection: Connection, source: CatalogKind) -> Shape:
    """Raises Unavailable where the configuration names what is not there, or what cannot be read."""
    schema, _, name = source.table.rpartition(".")
    try:
        entries = inspect(connection).get_columns(name, schema=schema or None)
    except NoSuchTableError as exc:
        raise Unavailable(f"there is no table {source.table!r}") from exc
    types = {entry["name"]: entry["type"] for entry in entries}
    for wanted in (source.id_column, *source.weights.values(), *source.labels.values()):
        if wanted not in types:
            raise Unavailable(f"the table {source.table!r} has no column {wanted!r}")
    id_type = IdType.of(types[source.id_column])
    if id_type is None:
        raise Unavailable(
            f"the column {source.id_column!r} of {source.table!r} has the type"
            f" {types[source.id_column]!r}, ids are text, integers or UUIDs"
        )
    id_column: ColumnElement[Any] = column(source.id_column, _compared_as(id_type, types[source.id_column]))
    shown: ColumnElement[Any] = id_column
    if isinstance(types[source.id_column], CHAR) and connection.dialect.name == "postgresql":
        # Spaces that fill such a column up are no part of its value; other databases leave them out.
        shown = cast(id_column, Text)
    # Untyped: a text in a numeric column is a bad weight, not a failed reading.
    traits: list[ColumnElement[Any]] = [
        column(name) for name in (*source.weights.values(), *source.labels.values())
    ]
    query = select(shown, *traits).select_from(table(name, schema=schema or None))
    if source.filter:
        # A colon begins no parameter here.
        query = query.where(text(f"({source.filter})".replace(":", r"\:")))
    quoted = connection.dialect.identifier_preparer.format_table(table(name, schema=schema or None))
    lock = quoted if _is_lockable(connection, quoted) else None
    _refuse_without_snapshots(connection, source.table, schema, name)
    lookup = query.where(id_column.in_(bindparam("ids", expanding=True)))
    ties = isinstance(types[source.id_column], String) and not _is_exact(
        connection, quoted, source.id_column, types[source.id_column]
    )
    return Shape(id_type, id_column, ties, query, lookup, lock)


def _is_exact(connection: Connection, quoted: str, name: str, stored_as: TypeEngine[Any]) -> bool:
    """Whether ids that differ in any letter are never equal to this database; False where it is not known."""
    if connection.dialect.name != "postgresql" or isinstance(stored_as, CITEXT):
        return False
    asked = text(
        "SELECT collisdeterministic FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation"
        " WHERE attrelid = to_regclass(:quoted) AND attname = :name"
    )
    return connection.execute(asked, {"quoted": quoted, "name": name}).scalar() is True


def _compared_as(id_type: IdType, stored_as: TypeEngine[Any]) -> TypeEngine[Any]:
    # PostgreSQL would refuse the whole statement for one number that is too large for a smaller column.
    return BigInteger() if id_type is IdType.INTEGER else stored_as


def _is_lockable(connection: Connection, quoted: str) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    asked = text("SELECT relkind::text FROM pg_class WHERE oid = to_regclass(:quoted)")
    return connection.execute(asked, {"quoted": quoted}).scalar() in _LOCKABLE


def _refuse_without_snapshots(connection: Connection, shown: str, schema: str, name: str) -> None:
    if connection.dialect.name not in ("mysql", "mariadb"):
        return
    asked = text(
        "SELECT engine FROM information_schema.tables"
        " WHERE table_name = :name AND table_schema = COALESCE(:schema, DATABASE())"
    )
    engine = connection.execute(asked, {"name": name, "schema": schema or None}).scalar()
    if str(engine).upper() in _WITHOUT_SNAPSHOTS:
        raise Unavailable(
            f"the table {shown!r} is stored by {engine}, which cannot be read consistently: use InnoDB"
        )
