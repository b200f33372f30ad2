"""The SQL catalog: unknown is never empty, ids compare exactly, and the loop is not held."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.catalog.sqlalchemy import CatalogKind, SqlCatalog
from orchestrator.core.model import ONE, id_fault
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.errors import ConfigError, Unavailable, UnknownKind
from tests.pauses import Pauses, calm


def database(path: Path, *statements: str, rows: list | None = None) -> str:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
        if rows:
            marks = ",".join("?" * len(rows[0]))
            connection.executemany(f"insert into Thing values ({marks})", rows)
    connection.close()
    return f"sqlite:///{path}"


def catalog(url: str, **fields) -> SqlCatalog:
    return SqlCatalog({"Thing": CatalogKind(url=url, table="Thing", **fields)})


async def test_text_ids_are_looked_up_in_any_number(tmp_path) -> None:
    rows = [(f"thing-{n:06}",) for n in range(3000)]
    url = database(tmp_path / "c.db", "create table Thing (id varchar(64) primary key)", rows=rows)
    things = catalog(url)
    asked = [f"thing-{n:06}" for n in range(2990, 5000)] + ["Thing-000001", "", "a\x00b", "\ud800", "x" * 600]
    assert await things.lookup("Thing", asked) == {f"thing-{n:06}": PLAIN for n in range(2990, 3000)}
    assert await things.lookup("Thing", []) == {}
    await things.close()


async def test_integer_ids_are_found_by_their_printed_form_only(tmp_path) -> None:
    url = database(
        tmp_path / "c.db", "create table Thing (id integer primary key)", rows=[(5,), (-7,), (2**62,)]
    )
    things = catalog(url)
    asked = ["5", "05", "+5", "5 ", "5.0", "-7", "abc", "٥", str(2**62), str(2**64), "9" * 400, "-", "-0"]
    assert set(await things.lookup("Thing", asked)) == {"5", "-7", str(2**62)}
    assert (await things.listing("Thing")).ids == ["-7", "5", str(2**62)]
    await things.close()


async def test_ids_that_differ_in_case_only_are_different(tmp_path) -> None:
    url = database(
        tmp_path / "c.db", "create table Thing (id text collate nocase primary key)", rows=[("abc",)]
    )
    things = catalog(url)
    assert await things.lookup("Thing", ["ABC"]) == {}
    assert set(await things.lookup("Thing", ["ABC", "abc"])) == {"abc"}
    await things.close()


async def test_a_text_column_with_numbers_is_read_as_text(tmp_path) -> None:
    url = database(tmp_path / "c.db", "create table Thing (id text primary key)", rows=[("007",), (8,)])
    things = catalog(url)
    assert set(await things.lookup("Thing", ["007", "7", "8"])) == {"007", "8"}
    await things.close()


async def test_an_id_that_is_no_utf_8_is_one_bad_id_among_good_ones(tmp_path) -> None:
    path = tmp_path / "c.db"
    url = database(path, "create table Thing (id text primary key)", rows=[("a",), ("z",)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("insert into Thing values (cast(x'62eda080' as text)), (cast(x'63ff' as text))")
    things = catalog(url)
    listed = (await things.listing("Thing")).ids
    assert {"a", "z"} < set(listed) and len(listed) == 4
    assert [one for one in listed if id_fault(one) is None] == ["a", "z"]
    assert set(await things.lookup("Thing", listed)) == {"a", "z"}
    await things.close()


async def test_an_id_that_is_stored_as_bytes_is_unavailable(tmp_path) -> None:
    url = database(tmp_path / "c.db", "create table Thing (id text primary key)", rows=[("a",), (b"b",)])
    things = catalog(url)
    with pytest.raises(Unavailable, match="stored as bytes"):
        await things.listing("Thing")
    await things.close()


async def test_the_filter_and_another_id_column_count(tmp_path) -> None:
    url = database(
        tmp_path / "c.db",
        'create table Thing ("order" text primary key, state text)',
        rows=[("a", "on"), ("b", "off"), ("c", "on")],
    )
    things = catalog(url, id_column="order", filter="state = 'on' or 1 = 0")
    assert (await things.listing("Thing")).ids == ["a", "c"]
    assert set(await things.lookup("Thing", ["a", "b"])) == {"a"}
    await things.close()


async def test_weights_follow_the_count_and_a_bad_one_weighs_one_and_is_counted(tmp_path) -> None:
    rows = [("a", 3, 10), ("b", None, 1), ("c", -1, 1), ("d", 1.5, 1), ("e", "x", 1), ("f", 0, 0)]
    url = database(
        tmp_path / "c.db", "create table Thing (id text primary key, cpu numeric, ram integer)", rows=rows
    )
    things = catalog(url, weights={"cpu": "cpu", "ram": "ram"})
    listing = await things.listing("Thing")
    assert listing.ids == ["a", "b", "c", "d", "e", "f"]
    assert listing.weights == {"a": (1, 3, 10), "d": (1, 2, 1), "f": (1, 0, 0)}
    assert (listing.doubtful, sorted(listing.doubts)) == (3, ["b", "c", "e"])
    assert listing.doubts["e"] == "cpu is 'x', which is no number, so it counts as one"
    found = await things.lookup("Thing", ["a", "b"])
    assert found == {"a": Traits((1, 3, 10)), "b": Traits(ONE, (), "cpu is NULL, so it counts as one")}
    await things.close()


async def test_labels_are_text_and_null_is_no_label(tmp_path) -> None:
    rows = [("a", "x", 7, 1.0), ("b", None, None, 0.0), ("c", "x", 7, -1.0), ("d", b"raw", 8, 1.0)]
    url = database(
        tmp_path / "c.db",
        "create table Thing (id text primary key, tenant text, room integer, cpu real)",
        rows=rows,
    )
    things = catalog(url, weights={"cpu": "cpu"}, labels={"tenant": "tenant", "place": "room"})
    listing = await things.listing("Thing")
    both = (("place", "7"), ("tenant", "x"))
    assert listing.labels == {"a": both, "c": both, "d": (("place", "8"),)}
    assert listing.labels["a"] is listing.labels["c"]
    assert listing.weights == {"b": (1, 0)}
    assert sorted(listing.doubts) == ["c", "d"]
    found = await things.lookup("Thing", ["a", "b", "d"])
    assert found["a"] == Traits(ONE, both)
    assert found["b"] == Traits((1, 0))
    assert found["d"] == Traits(ONE, (("place", "8"),), listing.doubts["d"])
    await things.close()


async def test_a_missing_file_is_unavailable_and_is_not_created(tmp_path) -> None:
    path = tmp_path / "absent.db"
    things = catalog(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match=r"absent\.db does not exist"):
        await things.listing("Thing")
    with pytest.raises(Unavailable, match="does not exist"):
        await things.lookup("Thing", ["a"])
    assert "does not exist" in str(await things.check("Thing"))
    assert not path.exists()
    database(path, "create table Thing (id text primary key)")
    assert await things.check("Thing") is None
    assert (await things.listing("Thing")).ids == []
    await things.close()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"table": "Rule"}, "no table 'Rule'"),
        ({"id_column": "uuid"}, "no column 'uuid'"),
        ({"weights": {"cpu": "cpu"}}, "no column 'cpu'"),
        ({"labels": {"tenant": "owner"}}, "no column 'owner'"),
        ({"filter": "nonsense = 1"}, "nonsense"),
        ({"id_column": "made"}, "ids are text, integers or UUIDs"),
    ],
)
async def test_what_the_configuration_names_wrongly_is_said(tmp_path, fields: dict, problem: str) -> None:
    url = database(tmp_path / "c.db", "create table Thing (id text primary key, made datetime)")
    things = SqlCatalog({"Thing": CatalogKind(**({"url": url, "table": "Thing"} | fields))})
    with pytest.raises(Unavailable, match=problem):
        await things.listing("Thing")
    assert problem in str(await things.check("Thing"))
    await things.close()


async def test_a_table_that_vanishes_and_returns_is_followed(tmp_path) -> None:
    url = database(tmp_path / "c.db", "create table Thing (id text primary key)", rows=[("a",)])
    things = catalog(url)
    assert set(await things.lookup("Thing", ["a"])) == {"a"}
    database(tmp_path / "c.db", "drop table Thing")
    with pytest.raises(Unavailable):
        await things.lookup("Thing", ["a"])
    database(tmp_path / "c.db", "create table Thing (id integer primary key)", rows=[(1,)])
    assert set(await things.lookup("Thing", ["1"])) == {"1"}
    await things.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path) -> None:
    (tmp_path / "c.db").write_bytes(b"no database" * 1000)
    things = catalog(f"sqlite:///{tmp_path / 'c.db'}")
    with pytest.raises(Unavailable, match="not a database"):
        await things.listing("Thing")
    await things.close()


async def test_a_statement_that_takes_too_long_is_unavailable(tmp_path) -> None:
    rows = [(str(n),) for n in range(2000)]
    url = database(tmp_path / "c.db", "create table Thing (id text primary key)", rows=rows)
    endless = "(select count(*) from Thing a, Thing b, Thing c) > 0"
    source = CatalogKind(url=url, table="Thing", filter=endless)
    things = SqlCatalog({"Thing": source}, listing_deadline_s=0.2)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="too long"):
        await things.listing("Thing")
    assert time.monotonic() - began < 2
    await things.close()


async def test_a_listing_is_one_snapshot_of_a_table_that_changes(tmp_path) -> None:
    rows = [(f"{n:06}",) for n in range(25_000)]
    url = database(
        tmp_path / "c.db", "pragma journal_mode = wal", "create table Thing (id text primary key)", rows=rows
    )
    things = catalog(url)
    writer = sqlite3.connect(tmp_path / "c.db", timeout=10, check_same_thread=False)

    def churn() -> None:
        # Each transaction moves a row from the end to the front: a torn read would see 24,999 or 25,001.
        for n in range(200):
            writer.execute("delete from Thing where id = ?", (f"{24_999 - n:06}",))
            writer.execute("insert into Thing values (?)", (f"-{n:06}",))
            writer.commit()

    task = asyncio.create_task(asyncio.to_thread(churn))
    sizes = set()
    while not task.done():
        sizes.add(len((await things.listing("Thing")).ids))
    assert sizes == {25_000}
    await task
    writer.close()
    await things.close()


async def test_half_a_million_ids_are_listed_without_holding_the_loop(tmp_path) -> None:
    rows = [(f"thing-{n:06}",) for n in range(500_000)]
    url = database(tmp_path / "c.db", "create table Thing (id text primary key)", rows=rows)
    del rows
    things = catalog(url)
    await things.check("Thing")
    with calm():
        pauses = Pauses()
        # the watch begins to sleep before the listing is asked for
        await asyncio.sleep(0.01)
        began = time.perf_counter()
        listing = await things.listing("Thing")
        took = time.perf_counter() - began
        await pauses.end()
    print(f"500,000 ids in {took:.2f} s ({pauses})")
    assert len(listing.ids) == 500_000
    # the benchmark says how short they are
    assert pauses.held < 0.2
    assert pauses.late < 2.0
    await things.close()


async def test_unknown_kinds_and_unusable_addresses_are_named(tmp_path) -> None:
    url = database(tmp_path / "c.db", "create table Thing (id text primary key)")
    things = catalog(url)
    with pytest.raises(UnknownKind, match="'Rule'"):
        await things.listing("Rule")
    await things.close()
    with pytest.raises(Unavailable, match="closed"):
        await things.listing("Thing")
    for wrong in ("nonsense", "nosuch://host/db", "sqlite://", "postgresql+nosuch://h/d"):
        with pytest.raises(ConfigError):
            catalog(wrong)
    assert "secret" not in repr(CatalogKind(url="postgresql://u:secret@h/d", table="Thing"))
