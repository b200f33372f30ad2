"""Ids that PostgreSQL gives in pages, the next one asked for ahead: each of them once, as it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from orchestrator.catalog import reading
from orchestrator.catalog.pages import listed
from orchestrator.errors import Unavailable
from tests.services import postgres

from .conftest import OpenCatalog

STRANGE = ("a", "A", "ä", "ab ", " ab", "a,b", "\\", '"', "z" * 200, "10", "9", "-", "é", "e\u0301")
ESCAPED = ("\\.", "\\N", "\\n", "a\nb", "a\tb", "a\rb", "NULL", "$1", "%s", "%", ":a", "{x}", "--", "x\x7f")


@pytest.fixture
def url() -> str:
    return postgres.database(postgres.shared())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[list[str] | None]:
    """What the reading in pages said each time; pages hold two ids."""
    found: list[list[str] | None] = []

    def noted(*given: Any) -> list[str] | None:
        found.append(listed(*given))
        return found[-1]

    monkeypatch.setattr(reading, "PAGE", 2)
    monkeypatch.setattr(reading, "listed", noted)
    return found


def filled(url: str, type_: str, ids: Sequence[str]) -> None:
    postgres.execute(url, f"CREATE TABLE thing (id {type_} PRIMARY KEY)")
    address = url.replace("+psycopg", "")
    with closing(psycopg.connect(address, client_encoding="utf8")) as connection, connection:
        connection.cursor().executemany("INSERT INTO thing VALUES (%s)", [(one,) for one in ids])


@pytest.mark.parametrize("type_", ["text", 'text COLLATE "C"', 'text COLLATE "en-x-icu"', "varchar(300)"])
async def test_every_id_is_read_once_whatever_the_order_of_the_database(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None], type_: str
) -> None:
    wanted = [*STRANGE, *ESCAPED]
    filled(url, type_, wanted)
    found = (await open_catalog(url, "thing").listing("Thing")).ids
    assert sorted(found) == sorted(wanted)
    assert answers == [found]


@pytest.mark.parametrize("encoding", ["LATIN1", "EUC_JP", "SQL_ASCII"])
async def test_ids_of_a_database_of_any_encoding_are_read_as_they_are(
    open_catalog: OpenCatalog, answers: list[list[str] | None], encoding: str
) -> None:
    url = postgres.database(postgres.shared(), encoding)
    wanted = [*ESCAPED, *(["ä", "é"] if encoding == "LATIN1" else ["\u6771", "\u4eac"])]
    filled(url, "text", wanted)
    found = (await open_catalog(url, "thing").listing("Thing")).ids
    assert sorted(found) == sorted(wanted)
    assert answers == [found]


async def test_an_address_that_asks_for_another_encoding_is_read_row_by_row(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    filled(url, "text", ["ä", "é", "b"])
    found = (await open_catalog(f"{url}?client_encoding=latin1", "thing").listing("Thing")).ids
    assert sorted(found) == ["b", "ä", "é"]
    assert answers == [None]


async def test_names_and_conditions_of_any_letters_stand_in_the_statement_as_they_are(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(
        url,
        'CREATE TABLE "Dïng :x" ("i""d" text PRIMARY KEY, state text)',
        """INSERT INTO "Dïng :x" VALUES ('a', '5%'), ('b', ':x'), ('c', '5%'), ('d', NULL), ('e', '5%')""",
    )
    things = open_catalog(url, "Dïng :x", id_column='i"d', filter="state LIKE '_%' AND state <> ':x'")
    assert (await things.listing("Thing")).ids == ["a", "c", "e"]
    assert answers == [["a", "c", "e"]]


async def test_ids_that_are_null_are_left_out_and_one_that_stands_often_is_there(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(
        url,
        "CREATE TABLE thing (id text)",
        "INSERT INTO thing VALUES (NULL), ('b'), ('a'), ('b'), (NULL), ('c'), ('b'), ('c')",
    )
    assert set((await open_catalog(url, "thing").listing("Thing")).ids) == {"a", "b", "c"}
    assert answers[0] is not None


async def test_a_statement_that_fails_in_the_middle_gives_no_part_and_the_next_reading_all(
    url: str, open_catalog: OpenCatalog
) -> None:
    rows = [str(number) for number in range(100, 200)]
    filled(url, "text", rows)
    things = open_catalog(url, "thing", filter="1 / (id::int - broken()) <> 2", threads=1)
    postgres.execute(url, "CREATE FUNCTION broken() RETURNS int LANGUAGE sql STABLE AS 'SELECT 150'")
    with patch.object(reading, "PAGE", 7), pytest.raises(Unavailable, match="division by zero"):
        await things.listing("Thing")
    postgres.execute(url, "CREATE OR REPLACE FUNCTION broken() RETURNS int LANGUAGE sql STABLE AS 'SELECT 0'")
    with patch.object(reading, "PAGE", 7):
        assert (await things.listing("Thing")).ids == rows


async def test_a_listing_leaves_the_event_loop_alone_while_the_database_thinks(
    url: str, open_catalog: OpenCatalog
) -> None:
    filled(url, "text", ["a", "b", "c"])
    things = open_catalog(url, "thing", filter="pg_sleep(0.3) IS NOT NULL")
    listing = asyncio.create_task(things.listing("Thing"))
    turns = 0
    while not listing.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert (await listing).ids == ["a", "b", "c"]
    assert turns > 10


async def test_spaces_that_fill_up_a_column_are_no_part_of_an_id(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(
        url,
        "CREATE TABLE thing (id char(8) PRIMARY KEY)",
        "INSERT INTO thing VALUES ('a'), ('b'), ('c'), ('dddddddd')",
    )
    assert (await open_catalog(url, "thing").listing("Thing")).ids == ["a", "b", "c", "dddddddd"]
    assert answers == [None]


async def test_a_collation_that_holds_different_ids_equal_is_read_row_by_row(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(
        url,
        "CREATE COLLATION careless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE thing (id text COLLATE careless)",
        "INSERT INTO thing VALUES ('a'), ('A'), ('b'), ('B'), ('c'), ('C')",
    )
    with patch.object(reading, "PAGE", 3):
        found = (await open_catalog(url, "thing").listing("Thing")).ids
    assert sorted(found) == ["A", "B", "C", "a", "b", "c"]
    assert answers == [None]


async def test_an_empty_table_and_one_whose_last_page_is_full_end(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(url, "CREATE TABLE thing (id text PRIMARY KEY)")
    things = open_catalog(url, "thing")
    assert (await things.listing("Thing")).ids == []
    postgres.execute(url, "INSERT INTO thing VALUES ('a'), ('b'), ('c'), ('d')")
    assert (await things.listing("Thing")).ids == ["a", "b", "c", "d"]
    assert answers == [[], ["a", "b", "c", "d"]]
