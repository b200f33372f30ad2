"""Lookups that PostgreSQL answers to the event loop itself."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from typing import Any

import psycopg
import pytest

from orchestrator.catalog.reading import KindReader
from orchestrator.catalog.sqlalchemy import SqlCatalog
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.errors import Unavailable
from tests.services import postgres

from .conftest import OpenCatalog

STRANGE = ["a", '"', "\\", 'a"b\\c', "{x,y}", "NULL", "null", "a,b", " a ", "ü-€-𝄞", "%s", "$1", "'", ";--"]


@pytest.fixture
def url() -> str:
    return postgres.shared()


async def on_a_lane(things: SqlCatalog) -> None:
    """Wait until lookups need no thread."""
    deadline = time.monotonic() + 20
    while (lane := things._direct["Thing"]._lane) is None or lane.is_closed:
        assert time.monotonic() < deadline, "no lane was opened"
        await things.lookup("Thing", ["a"])
        await asyncio.sleep(0.05)


def filled(url: str, column: str, ids: list[Any], table: str = "thing") -> None:
    postgres.execute(url, f"CREATE TABLE {table} (id {column} PRIMARY KEY, deleted boolean DEFAULT false)")
    with closing(psycopg.connect(url.replace("+psycopg", ""))) as connection, connection:
        connection.cursor().executemany(f"INSERT INTO {table} VALUES (%s)", [(one,) for one in ids])


def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> Any:
        raise Unavailable("asked on a thread")

    monkeypatch.setattr(KindReader, "lookup", refused)


@pytest.mark.parametrize("column", ["text", "varchar(64)"])
async def test_any_text_is_found_and_no_other(
    url: str, open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    filled(url, column, STRANGE)
    things = open_catalog(url, "thing", filter="deleted::text LIKE 'f%' AND NOT deleted")
    await on_a_lane(things)
    no_threads(monkeypatch)
    assert set(await things.lookup("Thing", [*STRANGE, "b", "A", "a ", "x" * 65])) == set(STRANGE)
    assert await things.lookup("Thing", ["not there", ""]) == {}


@pytest.mark.parametrize(
    ("column", "there", "asked"),
    [
        ("integer", [7, -8, 2**31 - 1], ["7", "-8", "07", "x", str(2**40), str(2**31 - 1)]),
        ("uuid", ["6f0c2b5e-0000-4000-8000-000000000001"], ["6f0c2b5e-0000-4000-8000-000000000001", "x"]),
    ],
)
async def test_numbers_and_uuids_are_found(
    url: str, open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch, column: str, there: Any, asked: Any
) -> None:
    filled(url, column, there)
    things = open_catalog(url, "thing")
    await things.lookup("Thing", asked)
    await on_a_lane(things)
    no_threads(monkeypatch)
    assert set(await things.lookup("Thing", asked)) == {str(one) for one in there}


async def test_what_needs_more_than_a_comparison_goes_by_a_thread(
    url: str, open_catalog: OpenCatalog
) -> None:
    filled(url, "char(8)", ["a"])
    filled(url, "text", ["a"], table="weighed")
    postgres.execute(url, "ALTER TABLE weighed ADD weight integer DEFAULT 2")
    padded, weighed = open_catalog(url, "thing"), open_catalog(url, "weighed", weights={"cpu": "weight"})
    for _ in range(3):
        assert await padded.lookup("Thing", ["a"]) == {"a": PLAIN}
        assert await weighed.lookup("Thing", ["a"]) == {"a": Traits((1, 2))}
        await asyncio.sleep(0.1)
    assert padded._direct["Thing"]._lane is None
    assert weighed._direct["Thing"]._lane is None


async def test_a_long_list_is_sent_in_parts(
    url: str, open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"{number:0400}" for number in range(5000)]
    filled(url, "text", ids[::2])
    things = open_catalog(url, "thing")
    await on_a_lane(things)
    no_threads(monkeypatch)
    assert set(await things.lookup("Thing", ids)) == set(ids[::2])


async def test_several_at_once_are_all_answered(url: str, open_catalog: OpenCatalog) -> None:
    filled(url, "text", STRANGE)
    things = open_catalog(url, "thing")
    await on_a_lane(things)
    answers = await asyncio.gather(*(things.lookup("Thing", [one, "b"]) for one in STRANGE))
    assert [set(answer) for answer in answers] == [{one} for one in STRANGE]


async def test_a_lane_that_the_server_ends_is_replaced_and_no_lookup_fails(
    url: str, open_catalog: OpenCatalog
) -> None:
    filled(url, "text", ["a"])
    things = open_catalog(url, "thing")
    await on_a_lane(things)
    ended = things._direct["Thing"]._lane
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    await asyncio.sleep(1.1)  # the other connections are looked at before they are used again
    await asyncio.to_thread(
        postgres.execute, url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    )
    assert set(await things.lookup("Thing", ["a", "b"])) == {"a"}
    await on_a_lane(things)
    assert ended is not None and ended.is_closed and things._direct["Thing"]._lane is not ended


async def test_a_table_that_is_gone_is_unavailable_and_read_again_as_it_comes_back(
    url: str, open_catalog: OpenCatalog
) -> None:
    filled(url, "text", ["a", "7"])
    things = open_catalog(url, "thing")
    await on_a_lane(things)
    postgres.execute(url, "DROP TABLE thing")
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot be read"):
            await things.lookup("Thing", ["a", "7"])
    filled(url, "integer", [7])
    assert set(await things.lookup("Thing", ["a", "7"])) == {"7"}


async def test_a_table_that_is_truncated_and_filled_again_is_never_seen_empty(
    url: str, open_catalog: OpenCatalog
) -> None:
    filled(url, "text", ["a", "b"])
    things = open_catalog(url, "thing")
    await on_a_lane(things)
    with closing(psycopg.connect(url.replace("+psycopg", ""))) as reload:
        reload.execute("TRUNCATE thing")
        lookup = asyncio.create_task(things.lookup("Thing", ["a", "b"]))
        await asyncio.sleep(0.5)
        assert not lookup.done()
        reload.execute("INSERT INTO thing VALUES ('a'), ('b'), ('c')")
        reload.commit()
    assert set(await lookup) == {"a", "b"}


async def test_a_lookup_that_lasts_too_long_is_unavailable_and_gives_its_answer_to_no_other(
    url: str, open_catalog: OpenCatalog
) -> None:
    filled(url, "text", ["a", "b"])
    things = open_catalog(url, "thing", lookup_deadline_s=0.5)
    await on_a_lane(things)
    with closing(psycopg.connect(url.replace("+psycopg", ""))) as lock:
        lock.execute("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match="did not answer within"):
            await things.lookup("Thing", ["a"])
        cancelled = asyncio.create_task(things.lookup("Thing", ["a"]))
        await asyncio.sleep(0.1)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
    assert set(await things.lookup("Thing", ["b"])) == {"b"}


@pytest.mark.parametrize("asked_for", ["", "latin1"])
async def test_ids_are_found_in_a_database_of_another_encoding(
    url: str, open_catalog: OpenCatalog, asked_for: str
) -> None:
    latin = postgres.database(url, "LATIN1")
    filled(latin, "text", ["a", "z\u00fcrich"])
    things = open_catalog(latin + (f"?client_encoding={asked_for}" if asked_for else ""), "thing")
    if not asked_for:
        await on_a_lane(things)
    for _ in range(3):
        assert set(await things.lookup("Thing", ["a", "z\u00fcrich", "b"])) == {"a", "z\u00fcrich"}
        await asyncio.sleep(0.1)
    assert (things._direct["Thing"]._lane is None) == bool(asked_for)
