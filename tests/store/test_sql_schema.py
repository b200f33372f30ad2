"""The version of tables in SQL: made at once, reached step by step, gone back from, with what they hold."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import HeadMaintainer, MigrationContext

from orchestrator.errors import Permanent, Unavailable
from orchestrator.store import accounts_tables, alert_book, audit_tables, idempotency, journal_tables
from orchestrator.store.sql_engine import open_engine
from orchestrator.store.sql_migration import change_version, migrate, versions
from orchestrator.store.sql_schema import Schema, mark, prepare, version_of, version_table
from orchestrator.store.sql_thread import SqlThread
from tests.services import postgres

SCHEMAS = [each.SCHEMA for each in (journal_tables, audit_tables, accounts_tables, idempotency, alert_book)]
ENGINES = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
EACH = pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'tables.db'}"


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    url = postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'tables.db'}"
    opened = open_engine(url, 5000, of="test")
    yield opened
    opened.dispose()


def emptied(engine: sa.Engine, schema: Schema) -> None:
    """PostgreSQL is shared between tests."""
    with engine.begin() as connection:
        schema.metadata.drop_all(connection)
        version_table(schema).drop(connection, checkfirst=True)


def from_the_first(connection: sa.Connection, schema: Schema) -> None:
    """Tables as the first version had them."""
    from alembic.operations import Operations

    context = MigrationContext.configure(connection)
    with Operations.context(context):
        from importlib import import_module

        import_module(f"orchestrator.store.migrations.{schema.name}.v1_1").upgrade()


def row_of(table: sa.Table) -> dict[str, object]:
    values: dict[type, object] = {int: 7, float: 2.5, str: "seven", bool: True, bytes: b"\x00\xff"}
    return {column.name: values.get(column.type.python_type, {}) for column in table.columns}


def rows(connection: sa.Connection, table: sa.Table) -> list[dict[str, object]]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


@EACH
@ENGINES
def test_steps_from_the_first_version_make_the_tables_that_an_empty_database_gets(
    engine: sa.Engine, schema: Schema
) -> None:
    emptied(engine, schema)
    with engine.begin() as connection:
        from_the_first(connection, schema)
        migrate(connection, schema, schema.version)
        assert version_of(connection, schema) == schema.version
    own = {*schema.metadata.tables}
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda thing, name, kind, *_: kind != "table" or name in own,
            },
        )
        assert compare_metadata(context, schema.metadata) == []


@EACH
@ENGINES
def test_what_the_tables_hold_outlives_every_step_up_and_down(engine: sa.Engine, schema: Schema) -> None:
    emptied(engine, schema)
    with engine.begin() as connection:
        from_the_first(connection, schema)
        old = {name for name in schema.metadata.tables if sa.inspect(connection).has_table(name)}
        tables = [table for table in schema.metadata.sorted_tables if table.name in old]
        for table in tables:
            connection.execute(sa.delete(table))
            connection.execute(sa.insert(table).values(row_of(table)))
        before = {table.name: rows(connection, table) for table in tables}
    assert all(len(found) == 1 for found in before.values())
    for version in (*versions(schema), *reversed(versions(schema))):
        with engine.begin() as connection:
            change_version(connection, schema, version)
            assert version_of(connection, schema) == version
            assert {table.name: rows(connection, table) for table in tables} == before


@EACH
def test_the_version_of_the_tables_is_the_newest_step(schema: Schema) -> None:
    assert versions(schema)[-1] == schema.version
    assert versions(schema)[0] == "1.1"


@ENGINES
def test_tables_that_say_no_version_are_of_the_first_and_are_carried_on(engine: sa.Engine) -> None:
    schema = journal_tables.SCHEMA
    emptied(engine, schema)
    with engine.begin() as connection:
        from_the_first(connection, schema)
        assert version_of(connection, schema) == "1.1"
    with engine.begin() as connection:
        prepare(connection, schema, migrate)
        assert version_of(connection, schema) == schema.version
        assert rows(connection, journal_tables.COUNTER) == [{"only": 0, "last": 0}]


@ENGINES
def test_a_later_step_of_the_same_generation_is_left_as_it_is(engine: sa.Engine) -> None:
    schema = alert_book.SCHEMA
    emptied(engine, schema)
    with engine.begin() as connection:
        prepare(connection, schema, migrate)
        mark(connection, schema, "1.99")
    with engine.begin() as connection:
        prepare(connection, schema, migrate)
        assert version_of(connection, schema) == "1.99"
    emptied(engine, schema)


@ENGINES
@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2.1", r"alert_book are of version 2\.1, and this program works with 1\.1"),
        ("x", "'x' is no version of tables"),
    ],
)
def test_tables_of_another_generation_are_refused_and_left_alone(
    engine: sa.Engine, version: str, words: str
) -> None:
    schema = alert_book.SCHEMA
    emptied(engine, schema)
    with engine.begin() as connection:
        prepare(connection, schema, migrate)
        mark(connection, schema, version)
    with pytest.raises(Permanent, match=words), engine.begin() as connection:
        prepare(connection, schema, migrate)
    with engine.connect() as connection:
        assert connection.execute(sa.select(version_table(schema).c.version_num)).scalar() == version
    emptied(engine, schema)


@ENGINES
def test_a_version_that_nobody_knows_cannot_be_gone_to(engine: sa.Engine) -> None:
    schema = audit_tables.SCHEMA
    emptied(engine, schema)
    with engine.begin() as connection:
        prepare(connection, schema, migrate)
    with (
        pytest.raises(Permanent, match=r"audit has no version 1\.7 .* it knows 1\.1, 1\.2"),
        engine.begin() as on,
    ):
        change_version(on, schema, "1.7")
    with engine.begin() as connection:
        assert version_of(connection, schema) == schema.version


@ENGINES
def test_a_step_that_fails_leaves_the_tables_as_they_were(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = journal_tables.SCHEMA
    emptied(engine, schema)
    with engine.begin() as connection:
        from_the_first(connection, schema)
        mark(connection, schema, "1.1")

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("cut off")

    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", breaks)
    with pytest.raises(RuntimeError, match="cut off"), engine.begin() as connection:
        prepare(connection, schema, migrate)
    with engine.connect() as connection:
        assert version_of(connection, schema) == "1.1"
        assert not sa.inspect(connection).has_table("journal_payloads")


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
async def test_programs_that_start_at_once_carry_the_tables_on_once(url: str) -> None:
    schema = journal_tables.SCHEMA
    engine = open_engine(url, 5000, of="test")
    emptied(engine, schema)
    with engine.begin() as connection:
        from_the_first(connection, schema)
    threads = [SqlThread(url, schema, of=f"journal {number}") for number in range(6)]
    await asyncio.gather(*(thread.open(required=True) for thread in threads))
    for thread in threads:
        await thread.close()
    with engine.connect() as connection:
        assert version_of(connection, schema) == schema.version
    engine.dispose()


async def test_parts_in_two_databases_are_carried_on_at_once(tmp_path: Path) -> None:
    schemas = [journal_tables.SCHEMA, audit_tables.SCHEMA]
    for turn in range(5):
        urls = [f"sqlite:///{tmp_path / f'{turn}-{schema.name}.db'}" for schema in schemas]
        for url, schema in zip(urls, schemas, strict=True):
            engine = open_engine(url, 5000, of="test")
            with engine.begin() as connection:
                from_the_first(connection, schema)
            engine.dispose()
        threads = [SqlThread(url, schema, of=schema.name) for url, schema in zip(urls, schemas, strict=True)]
        await asyncio.gather(*(thread.open(required=True) for thread in threads))
        for thread in threads:
            await thread.close()
        engine = open_engine(urls[0], 5000, of="test")
        with engine.connect() as connection:
            assert sa.inspect(connection).has_table("journal_payloads")
        engine.dispose()


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
async def test_a_step_that_takes_longer_than_an_answer_may_comes_to_its_end(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = journal_tables.SCHEMA
    engine = open_engine(url, 5000, of="test")
    emptied(engine, schema)
    with engine.begin() as connection:
        from_the_first(connection, schema)
    held = Event()
    update = HeadMaintainer.update_to_step

    def slow(*given: Any) -> None:
        assert held.wait(20.0)
        update(*given)

    monkeypatch.setattr(HeadMaintainer, "update_to_step", slow)
    thread = SqlThread(url, schema, of="journal", answer_within_s=0.2)
    for _ in range(3):
        with pytest.raises(Unavailable, match="tables of the journal are being carried on"):
            await thread.run(lambda: touch(thread))
    held.set()
    async with asyncio.timeout(20):
        while True:
            try:
                await thread.run(lambda: touch(thread))
                break
            except Unavailable:
                await asyncio.sleep(0.05)
    await thread.close()
    with engine.connect() as connection:
        assert version_of(connection, schema) == schema.version
    engine.dispose()


def touch(thread: SqlThread) -> None:
    with thread.transaction():
        pass


async def test_what_is_closed_while_its_database_stands_still_is_closed_all_the_same() -> None:
    with postgres.own() as server:
        await asyncio.to_thread(server.start)
        thread = SqlThread(server.url, alert_book.SCHEMA, of="book of alarms", answer_within_s=1.0)
        await thread.open(required=True)
        server.pause()
        stuck = asyncio.create_task(thread.run(lambda: touch(thread)))
        await asyncio.sleep(0.2)
        stuck.cancel()
        async with asyncio.timeout(20):
            await thread.close()
        server.resume()


def test_a_start_with_tables_of_its_own_version_does_not_import_alembic(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from orchestrator.store.journal import SqlJournal\n"
        "async def twice():\n"
        f"    for _ in range(2): await (await SqlJournal.open({f'sqlite:///{tmp_path}/j.db'!r})).close()\n"
        "asyncio.run(twice())\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
