"""Tables as lines and lines as rows of tables, each database as it stood at one moment. Blocks: for a thread.

A table begins with a line that names it and its columns; each line after it is one row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc as sa_errors
from sqlalchemy.engine import make_url

from orchestrator.errors import Permanent
from orchestrator.store.sql_engine import BUSY_TIMEOUT_MS, explained, open_engine

ROWS_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4 * 1024 * 1024


def is_there(url: str) -> bool:
    """Whether there is anything to connect to: a file of SQLite would be made by connecting."""
    address = make_url(url)
    return address.get_backend_name() != "sqlite" or Path(address.database or "").is_file()


def where(url: str) -> str:
    """The address of a database, for people: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def dump(url: str, tables: Sequence[sa.Table], of: str) -> Iterator[bytes]:
    """The lines of those of the tables that are there. Nothing is changed, a server may run meanwhile.

    Raises Unavailable, Permanent, ConfigError.
    """
    with _connected(url, of) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        there = set(sa.inspect(connection).get_table_names())
        for table in tables:
            if table.name in there:
                yield from _lines(connection, table)


def load(
    url: str,
    tables: Sequence[sa.Table],
    lines: Iterable[bytes],
    of: str,
    *,
    emptied: Sequence[sa.Table],
    raised: Sequence[sa.Table] = (),
) -> None:
    """Write the rows in one transaction, in which the tables ``emptied`` lose theirs first.

    ``raised``: of numbers, which stay where they are the larger ones. Requires: the tables are there. Raises
    Unavailable, Permanent: then nothing was changed.
    """
    with _connected(url, of) as connection, connection.begin():
        for table in emptied:
            connection.execute(sa.delete(table))
        for table, rows in _batches(lines, tables):
            if table in raised:
                for row in rows:
                    _raise(connection, table, row)
            else:
                connection.execute(sa.insert(table), rows)


def rows_of(lines: Iterable[bytes], tables: Sequence[sa.Table]) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Each row with its table. Raises Permanent, which names the line, for what cannot be a row of it."""
    named = {table.name: table for table in tables}
    table: sa.Table | None = None
    columns: list[str] = []
    for number, line in enumerate(lines, 1):
        value = _parsed(number, line)
        if isinstance(value, dict):
            table, columns = _begun(f"line {number}", value, named)
        elif table is None or not isinstance(value, list) or len(value) != len(columns):
            raise Permanent(f"line {number}: not a row of {table.name if table is not None else 'any table'}")
        else:
            yield table, dict(zip(columns, value, strict=True))


def without(lines: Iterable[bytes], tables: Sequence[sa.Table]) -> Iterator[bytes]:
    """The lines but those of these tables. Raises Permanent for one that begins no table as it should."""
    names, is_left_out = {table.name for table in tables}, False
    for number, line in enumerate(lines, 1):
        if line.startswith(b"{"):
            is_left_out = _parsed(number, line).get("table") in names
        if not is_left_out:
            yield line


def count(url: str, tables: Sequence[sa.Table], of: str) -> int:
    """The rows of those of the tables that are there, together. Raises Unavailable, Permanent."""
    if not is_there(url):
        return 0
    with _connected(url, of) as connection:
        there = set(sa.inspect(connection).get_table_names())
        counts = [sa.select(sa.func.count()).select_from(table) for table in tables if table.name in there]
        return sum(connection.execute(one).scalar_one() for one in counts)


def _lines(connection: sa.Connection, table: sa.Table) -> Iterator[bytes]:
    yield _line({"table": table.name, "columns": [column.name for column in table.columns]})
    rows = sa.select(table).order_by(*_key(table, connection.dialect.name))
    # A cursor of the server is closed before its connection, also by who reads no further.
    with connection.execution_options(yield_per=ROWS_AT_ONCE).execute(rows) as found:
        for row in found:
            yield _line(list(row))


def _raise(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
    key = sa.and_(*(column == row[column.name] for column in table.primary_key.columns))
    there = connection.execute(sa.select(table).where(key)).mappings().first()
    if there is None:
        connection.execute(sa.insert(table), dict(row))
        return
    largest = {name: max(value, there[name]) for name, value in row.items()}
    connection.execute(sa.update(table).where(key).values(largest))


def _key(table: sa.Table, dialect: str) -> Iterator[sa.ColumnElement[Any]]:
    """What rows are sorted by, alike in every database: bytes, and not what a language makes of them."""
    for column in table.primary_key.columns:
        is_text = dialect == "postgresql" and isinstance(column.type, sa.Text)
        yield column.collate("C") if is_text else column


def _line(value: Any) -> bytes:
    # In ASCII, as a lone surrogate in a text has no UTF-8.
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _batches(
    lines: Iterable[bytes], tables: Sequence[sa.Table]
) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    rows: list[dict[str, Any]] = []
    size, of = 0, None
    for table, row in rows_of(lines, tables):
        if of is not None and rows and (table is not of or len(rows) == ROWS_AT_ONCE or size > BYTES_AT_ONCE):
            yield of, rows
            rows, size = [], 0
        of = table
        rows.append(row)
        size += sum(len(value) for value in row.values() if isinstance(value, str))
    if of is not None and rows:
        yield of, rows


def _parsed(number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise Permanent(f"line {number} is not JSON: {exc}") from exc


def _begun(at: str, value: dict[str, Any], named: Mapping[str, sa.Table]) -> tuple[sa.Table, list[str]]:
    name, columns = value.get("table"), value.get("columns")
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise Permanent(f"{at}: a table with its columns must stand there")
    table = named.get(name) if isinstance(name, str) else None
    if table is None:
        raise Permanent(
            f"{at}: this version knows no table {name!r} there: restore with the one that wrote it"
        )
    known = {column.name for column in table.columns}
    if strange := sorted(set(columns) - known):
        raise Permanent(
            f"{at}: this version knows no column {strange[0]!r} of {name}: restore with the one that wrote it"
        )
    needed = {
        column.name for column in table.columns if not column.nullable and column.server_default is None
    }
    if missing := sorted(needed - set(columns)):
        raise Permanent(
            f"{at}: {name} lacks the column {missing[0]!r}: restore with the version that wrote it"
        )
    return table, columns


@contextmanager
def _connected(url: str, of: str) -> Iterator[sa.Connection]:
    engine = open_engine(url, BUSY_TIMEOUT_MS, of=of)
    try:
        with engine.connect() as connection:
            yield connection
    except sa_errors.DBAPIError as exc:
        raise explained(exc, of=of) from exc
    except sa_errors.SQLAlchemyError as exc:
        raise Permanent(f"the database of the {of} cannot be used: {exc}") from exc
    finally:
        engine.dispose()
