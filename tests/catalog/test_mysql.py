"""What is MySQL's own: servers without writes, tables without snapshots, unsigned numbers, padded spaces."""

from __future__ import annotations

import pytest

from orchestrator.errors import Unavailable
from tests.services import mysql

from .conftest import OpenCatalog


@pytest.fixture
def url() -> str:
    return mysql.shared()


async def test_a_server_that_takes_no_writes_is_refused_as_a_replica(open_catalog: OpenCatalog) -> None:
    with mysql.own() as server:
        server.start()
        mysql.execute(server.url, "CREATE TABLE thing (id varchar(9) PRIMARY KEY)")
        things = open_catalog(server.url, "thing")
        assert (await things.listing("Thing")).ids == []
        mysql.execute(server.url, "SET GLOBAL read_only = 1")
        with pytest.raises(Unavailable, match="read only, and so may be a replica"):
            await things.listing("Thing")


@pytest.mark.parametrize("engine", ["MyISAM", "Aria", "MEMORY"])
async def test_a_table_without_snapshots_is_refused(url: str, open_catalog: OpenCatalog, engine: str) -> None:
    mysql.execute(url, f"CREATE TABLE thing (id varchar(9) PRIMARY KEY) ENGINE = {engine}")
    with pytest.raises(Unavailable, match=f"(?i)stored by {engine}.*use InnoDB"):
        await open_catalog(url, "thing").listing("Thing")


async def test_unsigned_numbers_are_found_up_to_their_end(url: str, open_catalog: OpenCatalog) -> None:
    most = 2**64 - 1
    mysql.execute(
        url,
        "CREATE TABLE thing (id bigint unsigned PRIMARY KEY)",
        f"INSERT INTO thing VALUES (0), (1), ({most})",
    )
    things = open_catalog(url, "thing")
    assert (await things.listing("Thing")).ids == ["0", "1", str(most)]
    assert set(await things.lookup("Thing", ["0", str(most), "-1", str(most + 1)])) == {"0", str(most)}


async def test_ids_that_differ_in_case_and_in_spaces_at_the_end_are_different(
    url: str, open_catalog: OpenCatalog
) -> None:
    mysql.execute(
        url,
        "CREATE TABLE thing (id varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY)",
        "INSERT INTO thing VALUES ('abc'), ('d ')",
    )
    things = open_catalog(url, "thing")
    assert await things.lookup("Thing", ["ABC", "abc ", "d", "äbc"]) == {}
    assert set(await things.lookup("Thing", ["abc", "ABC", "d "])) == {"abc", "d "}


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mariadb+pymysql"])
async def test_an_address_needs_no_driver(url: str, open_catalog: OpenCatalog, scheme: str) -> None:
    mysql.execute(url, "CREATE TABLE thing (id varchar(9) PRIMARY KEY)", "INSERT INTO thing VALUES ('a')")
    things = open_catalog(url.replace("mysql+pymysql", scheme), "thing")
    assert (await things.listing("Thing")).ids == ["a"]


async def test_a_view_is_a_catalog_too(url: str, open_catalog: OpenCatalog) -> None:
    mysql.execute(
        url,
        "CREATE TABLE thing (id varchar(9) PRIMARY KEY)",
        "INSERT INTO thing VALUES ('a'), ('b')",
        "CREATE VIEW live AS SELECT id FROM thing WHERE id <> 'b'",
    )
    assert (await open_catalog(url, "live").listing("Thing")).ids == ["a"]


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3"])
async def test_an_id_in_letters_that_the_column_has_not_is_not_there_and_hinders_no_other(
    url: str, open_catalog: OpenCatalog, charset: str
) -> None:
    mysql.execute(
        url,
        f"CREATE TABLE thing (id varchar(64) CHARACTER SET {charset} PRIMARY KEY)",
        "INSERT INTO thing VALUES ('a'), ('z\u00fcrich')",
    )
    things = open_catalog(url, "thing")
    asked = ["\U0001f600", "a", "b", "z\u00fcrich", "\U0001f601"]
    assert set(await things.lookup("Thing", asked)) == {"a", "z\u00fcrich"}
    assert set(await things.lookup("Thing", [*map(str, range(1200)), *asked])) == {"a", "z\u00fcrich"}


async def test_a_mixture_that_is_no_fault_of_an_id_is_unavailable(
    url: str, open_catalog: OpenCatalog
) -> None:
    mysql.execute(
        url,
        "CREATE TABLE thing (id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,"
        " a varchar(9) COLLATE utf8mb4_general_ci, b varchar(9) COLLATE utf8mb4_unicode_ci)",
        "INSERT INTO thing VALUES ('z\u00fcrich', 'x', 'x')",
    )
    things = open_catalog(url, "thing", filter="a = b")
    for asked in (["z\u00fcrich"], ["a"], ["z\u00fcrich", "\U0001f600"]):
        with pytest.raises(Unavailable, match="Illegal mix"):
            await things.lookup("Thing", asked)
