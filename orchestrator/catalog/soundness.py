"""What should be true of a catalog's table, and is worth telling a person before a server leans on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.catalog.connecting import open_engine
from orchestrator.catalog.kind import CatalogKind
from orchestrator.errors import Unavailable

REPLICA = {
    "postgresql": "SELECT pg_is_in_recovery()",
    "mysql": "SELECT @@GLOBAL.read_only",
    "mariadb": "SELECT @@GLOBAL.read_only",
}
"""Asks a server whether it follows another."""


def require_answer(url: str) -> None:
    """Connect and ask for nothing. Raises Unavailable, ConfigError for an address that cannot be used."""
    engine = open_engine(url, connections=1)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as exc:
        raise Unavailable(_said(exc)) from exc
    finally:
        engine.dispose()


def doubts(source: CatalogKind) -> list[str]:
    """A sentence each; none where all is as it should be. Raises Unavailable, ConfigError."""
    engine = open_engine(source.url, connections=1)
    try:
        with engine.connect() as connection:
            return [*_of_server(connection), *_of_table(connection, source)]
    except (SQLAlchemyError, OSError) as exc:
        raise Unavailable(_said(exc)) from exc
    finally:
        engine.dispose()


def _of_server(connection: Connection) -> Iterator[str]:
    question = REPLICA.get(connection.dialect.name)
    if question is not None and connection.execute(text(question)).scalar():
        yield (
            "it is a replica, whose answers may be old: a resource that was just created looks as if it were "
            "not there; name the primary"
        )


def _of_table(connection: Connection, source: CatalogKind) -> Iterator[str]:
    schema, _, name = source.table.rpartition(".")
    inspector = inspect(connection)
    if name in inspector.get_view_names(schema or None):
        yield f"{source.table} is a view: see that its {source.id_column} is unique, and found by an index"
        return
    keys: list[Sequence[str | None]] = [
        inspector.get_pk_constraint(name, schema or None)["constrained_columns"]
    ]
    keys += [each["column_names"] for each in inspector.get_unique_constraints(name, schema or None)]
    keys += [each["column_names"] for each in inspector.get_indexes(name, schema or None) if each["unique"]]
    if [source.id_column] not in keys:
        yield (
            f"{source.table}.{source.id_column} is no primary key and has no unique index: an id that stands "
            "twice is owned once, and each look at it may read the whole table"
        )


def _said(exc: Exception) -> str:
    cause = getattr(exc, "orig", None) or exc
    return " ".join(str(cause).split()) or type(cause).__name__
