"""Ids that PostgreSQL gives as few long texts: each of them once, as it is stored."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from orchestrator.catalog import reading
from orchestrator.catalog.joined import listed
from tests.services import postgres

from .conftest import OpenCatalog

STRANGE = ("a", "A", "ä", "ab ", " ab", "a,b", "\\", '"', "z" * 200, "10", "9", "-", "é", "e\u0301")


@pytest.fixture
def url() -> str:
    return postgres.database(postgres.shared())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[list[str] | None]:
    """What the joined reading said each time; pages hold two ids."""
    found: list[list[str] | None] = []

    def noted(*given: Any) -> list[str] | None:
        found.append(listed(*given))
        return found[-1]

    monkeypatch.setattr(reading, "PAGE", 2)
    monkeypatch.setattr(reading, "listed", noted)
    return found


@pytest.mark.parametrize("type_", ["text", 'text COLLATE "C"', 'text COLLATE "en-x-icu"', "varchar(300)"])
async def test_every_id_is_read_once_whatever_the_order_of_the_database(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None], type_: str
) -> None:
    rows = ", ".join("('" + one + "')" for one in STRANGE)
    postgres.execute(url, f"CREATE TABLE thing (id {type_} PRIMARY KEY)", f"INSERT INTO thing VALUES {rows}")
    found = (await open_catalog(url, "thing").listing("Thing")).ids
    assert sorted(found) == sorted(STRANGE)
    assert answers == [found]


async def test_an_id_that_holds_the_end_of_a_line_is_read_all_the_same(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(
        url, "CREATE TABLE thing (id text PRIMARY KEY)", "INSERT INTO thing VALUES ('a'), (E'b\\nc'), ('d')"
    )
    assert (await open_catalog(url, "thing").listing("Thing")).ids == ["a", "b\nc", "d"]
    assert answers == [None]


async def test_spaces_that_fill_up_a_column_are_no_part_of_an_id(
    url: str, open_catalog: OpenCatalog, answers: list[list[str] | None]
) -> None:
    postgres.execute(
        url,
        "CREATE TABLE thing (id char(8) PRIMARY KEY)",
        "INSERT INTO thing VALUES ('a'), ('b'), ('c'), ('dddddddd')",
    )
    assert (await open_catalog(url, "thing").listing("Thing")).ids == ["a", "b", "c", "dddddddd"]
    assert answers == [["a", "b", "c", "dddddddd"]]


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
