"""Rows inserted many at once stand in the tables as SQLAlchemy would have written them one by one."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from orchestrator.ports import JournalLine
from orchestrator.store.journal_insert import MOST_VARIABLES, insert
from orchestrator.store.journal_tables import LINES, METADATA, SUBJECTS, row_of, subjects_of
from orchestrator.store.sql_engine import open_engine
from tests.services import postgres

STRANGE = [
    "",
    "a",
    "ключ",
    "🦊",
    "\x00",
    "a\x00b",
    "\ud800",
    "'; --",
    '"',
    "\\",
    "\n\t",
    "\\u0000",
    "%s :x ?",
    "é",
]
NUMBERS = [0.0, -0.0, 0.1, 1e-300, 1e300, 1732203000.1234567, 5e-324, sys.float_info.max]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    url = postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'journal.db'}"
    engine = open_engine(url, 5_000, of="journal")
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def lines(count: int) -> list[JournalLine]:
    draw = random.Random(count)

    def one(number: int) -> JournalLine:
        return JournalLine(
            sequence=number,
            at=draw.choice([*NUMBERS, draw.random() * 2e9]),
            kind=draw.choice(STRANGE),
            verb=draw.choice(STRANGE),
            reason=draw.choice(STRANGE),
            shard=draw.choice([None, 0, -1, 2**40]),
            to=draw.choice([None, 0, 3]),
            count=draw.choice([0, 1, 2**40]),
            ids=tuple(draw.choice(STRANGE) + str(n) for n in range(draw.choice([0, 1, 1, 5]))),
            detail=draw.choice(STRANGE),
            op=draw.choice(STRANGE),
            actor=draw.choice(STRANGE),
            data=draw.choice(
                [{}, {}, {draw.choice(STRANGE): [draw.choice(STRANGE), None, 1.5, {"x": True}]}]
            ),
        )

    return [one(number) for number in range(1, count + 1)]


def read(connection: sa.Connection, table: sa.Table) -> list[tuple[object, ...]]:
    # As they stand, not as SQLAlchemy reads them: JSON is a text, and a number has a type.
    kinds = [sa.cast(column, sa.Text) for column in table.columns]
    values = [
        sa.type_coerce(column, sa.Text) for column in table.columns if column.type.python_type is not dict
    ]
    found = connection.execute(sa.select(*kinds, *values).order_by(*table.primary_key.columns))
    return [tuple(row) for row in found]


AT_ONCE = MOST_VARIABLES // len(LINES.columns)


@pytest.mark.parametrize("count", [1, 2, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 400])
def test_rows_are_those_that_sqlalchemy_writes(engine: sa.Engine, count: int) -> None:
    rows = [row_of(line) for line in lines(count)]
    subjects = list({row[:2]: row for line in lines(count) for row in subjects_of(line)}.values())
    written = []
    with engine.connect() as connection:
        for many in (True, False):
            with connection.begin() as begun:
                for table, given in ((LINES, rows), (SUBJECTS, subjects)):
                    if many:
                        insert(connection, table, given)
                    elif given:
                        connection.execute(
                            sa.insert(table), [as_sqlalchemy_takes_it(table, row) for row in given]
                        )
                written.append([read(connection, LINES), read(connection, SUBJECTS)])
                begun.rollback()
    assert written[0] == written[1]
    assert len(written[0][0]) == count


def as_sqlalchemy_takes_it(table: sa.Table, row: tuple[object, ...]) -> dict[str, object]:
    return {
        column.name: json.loads(value) if isinstance(column.type, sa.JSON) else value  # type: ignore[arg-type]
        for column, value in zip(table.columns, row, strict=True)
    }


def test_many_rows_are_few_statements(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'journal.db'}", 5_000, of="journal")
    METADATA.create_all(engine)
    statements: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with engine.begin() as connection:
        insert(connection, LINES, [row_of(line) for line in lines(500)])
    engine.dispose()
    assert len(statements) == -(-500 // AT_ONCE)
    assert max(statement.count("?") for statement in statements) <= 999, "the limit of an old SQLite"


def test_no_rows_are_no_statement(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        insert(connection, SUBJECTS, [])
        assert read(connection, SUBJECTS) == []
