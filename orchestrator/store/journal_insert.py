"""Rows into the journal's tables, many with each statement.

A driver gives the interpreter's lock away at every row that it steps over, and then waits for whoever took
it: the event loop, which is busy when there are many rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

MOST_VARIABLES: Final = 900
"""In a statement. SQLite before 3.32 takes 999."""


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each with a value for every column in order; JSON is given as its text."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    if connection.dialect.name == "postgresql":
        documents = [dict(zip(names, row, strict=True)) for row in rows]
        connection.execute(_from_json(table), {"rows": json.dumps(documents, ensure_ascii=False)})
        return
    at_once = MOST_VARIABLES // len(names)
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        values = tuple([value for row in part for value in row])
        connection.exec_driver_sql(_with_variables(table, len(part)), values)


@cache
def _with_variables(table: sa.Table, count: int) -> str:
    row = f"({', '.join('?' * len(table.columns))})"
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES {', '.join([row] * count)}"


@cache
def _from_json(table: sa.Table) -> sa.TextClause:
    dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    types = {column.name: column.type.compile(dialect) for column in table.columns}
    # What is nested in JSON would be read too, and refused where it escapes what PostgreSQL cannot hold
    # as text; so it comes as a text.
    comes = ", ".join(f'"{name}" {"text" if type_ == "JSON" else type_}' for name, type_ in types.items())
    goes = ", ".join(f'CAST("{name}" AS {type_})' for name, type_ in types.items())
    return sa.text(
        f"INSERT INTO {table.name} ({_names(table)})"
        f" SELECT {goes} FROM json_to_recordset(CAST(:rows AS json)) AS given({comes})"
    )


def _names(table: sa.Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
