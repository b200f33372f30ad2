"""Tables of one version: made where there are none, carried on where they are older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from orchestrator.errors import Permanent

FIRST: Final = "1.1"
"""The version of tables that say none."""

PREPARING: Final = 0x73687764
"""The number under which PostgreSQL lets one process at a time make tables."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables that have one version.

    ``version``: ``generation.step``. A program works with every later step of its generation, so each
    step only adds; what takes away or changes meaning begins a generation.
    """

    name: str
    metadata: sa.MetaData
    version: str


def prepare(
    connection: sa.Connection, schema: Schema, carry: Callable[[sa.Connection, Schema, str], None]
) -> None:
    """Have the tables of ``schema``, within the transaction of ``connection``; one process at a time.

    ``carry``: takes older tables to a version, as ``sql_migration.migrate``. Raises Permanent for tables
    of a generation that is not this one's.
    """
    take_turn(connection)
    found = _said(connection, schema)
    if found is None:
        found = FIRST if _is_there(connection, schema) else schema.version
        schema.metadata.create_all(connection)
        mark(connection, schema, found)
    if found == schema.version:
        return
    if _steps(found)[0] != _steps(schema.version)[0]:
        raise Permanent(
            f"the tables of {schema.name} are of version {found}, and this program works with"
            f" {schema.version}: run a program of their version, or migrate them"
            " (shardwright database --help)"
        )
    if _steps(found) < _steps(schema.version):
        carry(connection, schema, schema.version)


def version_of(connection: sa.Connection, schema: Schema) -> str | None:
    """Of the tables that are there; None: there are none. Raises Permanent for one that is no version."""
    found = _said(connection, schema)
    if found is None and _is_there(connection, schema):
        return FIRST
    return found


def mark(connection: sa.Connection, schema: Schema, version: str) -> None:
    """Say which version the tables have."""
    table = version_table(schema)
    table.create(connection, checkfirst=True)
    connection.execute(sa.delete(table))
    connection.execute(sa.insert(table).values(version_num=version))


def version_table(schema: Schema) -> sa.Table:
    """As Alembic has it."""
    name = f"{schema.name}_version"
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("version_num", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("version_num", name=f"{name}_pkc"),
    )


def take_turn(connection: sa.Connection) -> None:
    """Until the transaction ends nobody else makes or changes tables in this database."""
    if connection.dialect.name == "postgresql":
        # Two that make the same table at once fail, even where each asks whether it exists.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PREPARING)))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _said(connection: sa.Connection, schema: Schema) -> str | None:
    table = version_table(schema)
    if not sa.inspect(connection).has_table(table.name):
        return None
    found: str | None = connection.execute(sa.select(table.c.version_num)).scalar()
    if found is not None:
        _steps(found)
    return found


def _is_there(connection: sa.Connection, schema: Schema) -> bool:
    inspector = sa.inspect(connection)
    return any(inspector.has_table(name) for name in schema.metadata.tables)


def _steps(version: str) -> tuple[int, int]:
    generation, _, step = version.partition(".")
    try:
        return int(generation), int(step)
    except ValueError as exc:
        raise Permanent(f"{version!r} is no version of tables, which is like {FIRST!r}") from exc
