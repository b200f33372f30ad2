"""What the catalog says of ids on PostgreSQL and on MySQL alike: exactly those that are there."""

from __future__ import annotations

import asyncio
import threading
from types import ModuleType
from uuid import UUID

import pytest
from sqlalchemy.engine import make_url

from orchestrator.catalog import reading
from orchestrator.core.traits import PLAIN
from orchestrator.errors import Unavailable

from .conftest import OpenCatalog

TEXT = "varchar(64)"


def thing(service: ModuleType, column: str) -> str:
    quote = "`" if service.__name__.endswith("mysql") else '"'
    return f"CREATE TABLE {quote}Thing{quote} (id {column} PRIMARY KEY)"


def quoted(service: ModuleType) -> str:
    return "`Thing`" if service.__name__.endswith("mysql") else '"Thing"'


def filled(service: ModuleType, url: str, column: str, *values: str) -> None:
    rows = [f"INSERT INTO {quoted(service)} VALUES {','.join(f'({v})' for v in values)}"] if values else []
    service.execute(url, thing(service, column), *rows)


async def test_text_ids_are_looked_up_in_any_number(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    filled(service, url, TEXT, *(f"'thing-{n:06}'" for n in range(3000)))
    things = open_catalog(url)
    asked = [f"thing-{n:06}" for n in range(2990, 5000)] + ["Thing-000001", "", "a\x00b", "\ud800", "x" * 600]
    asked += ["🦊", "thing-000001 ", "%", "'; drop table Thing; --", "\\"]
    assert await things.lookup("Thing", asked) == {f"thing-{n:06}": PLAIN for n in range(2990, 3000)}
    assert len((await things.listing("Thing")).ids) == 3000
    assert await things.check("Thing") is None


async def test_hostile_ids_that_are_there_are_found_as_they_are(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    filled(service, url, TEXT, "'🦊'", "'a%b'", "'a:b'", "'it''s'", "'ключ'", "' lead'")
    things = open_catalog(url)
    wanted = {"🦊", "a%b", "a:b", "it's", "ключ", " lead"}
    assert set((await things.listing("Thing")).ids) == wanted
    assert set(await things.lookup("Thing", wanted)) == wanted


@pytest.mark.parametrize("column", ["smallint", "integer", "bigint"])
async def test_integer_ids_are_found_by_their_printed_form_and_any_number_may_be_asked_for(
    service: ModuleType, url: str, open_catalog: OpenCatalog, column: str
) -> None:
    filled(service, url, column, "5", "-7", "32000")
    things = open_catalog(url)
    asked = ["5", "05", "+5", "5 ", "5.0", "-7", "abc", "٥", "70000", str(2**40), str(2**64), "9" * 400, "-0"]
    assert set(await things.lookup("Thing", asked)) == {"5", "-7"}
    assert (await things.listing("Thing")).ids == ["-7", "5", "32000"]


async def test_a_filter_may_hold_colons_percent_signs_and_quotes(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    filled(service, url, TEXT, "'a:b'", "':a'", "'b'")
    things = open_catalog(url, filter="id like '%a%' and id <> ':a'")
    assert (await things.listing("Thing")).ids == ["a:b"]
    assert set(await things.lookup("Thing", ["a:b", ":a"])) == {"a:b"}


async def test_a_listing_of_500000_is_one_moment_while_others_insert_and_delete(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    table = quoted(service)
    if service.__name__.endswith("mysql"):
        numbers = "seq FROM seq_0_to_499999"
        made = f"CONCAT('thing-', LPAD({numbers.split()[0]}, 6, '0')) FROM seq_0_to_499999"
    else:
        made = "'thing-' || lpad(n::text, 6, '0') FROM generate_series(0, 499999) n"
    service.execute(url, thing(service, TEXT), f"INSERT INTO {table} SELECT {made}")
    things = open_catalog(url)
    stop = threading.Event()

    def change() -> None:
        # Each transaction moves one id from the front to the end: at every moment there are 500,000.
        number = 0
        while not stop.is_set():
            moved = f"UPDATE {table} SET id = 'thing-{500_000 + number:06}' WHERE id = 'thing-{number:06}'"
            service.execute(url, moved)
            number += 1

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(2):
            numbers = sorted(int(key[6:]) for key in (await things.listing("Thing")).ids)
            assert numbers == list(range(numbers[0], numbers[0] + 500_000))
    finally:
        stop.set()
        changing.join()
    assert numbers[0] > 0, "something changed meanwhile"


async def test_ids_equal_to_the_database_are_listed_on_both_sides_of_a_page(
    service: ModuleType, url: str, open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    if service.__name__.endswith("mysql"):
        column = "varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    else:
        column = "text COLLATE blind"
        blind = "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        service.execute(url, blind)
    ids = ["a", "A", "b", "B", "c", "C", "d", "D", "e"]
    table = quoted(service)
    service.execute(
        url,
        f"CREATE TABLE {table} (id {column})",
        f"INSERT INTO {table} VALUES {','.join(repr((x,)).replace(',', '') for x in ids)}",
    )
    things = open_catalog(url)
    assert sorted((await things.listing("Thing")).ids) == sorted(ids)
    assert set(await things.lookup("Thing", ["a", "E"])) == {"a"}
    service.execute(url, f"INSERT INTO {table} VALUES ('f'), ('f'), ('f'), ('F')")
    with pytest.raises(Unavailable, match="more than 3 rows"):
        await things.listing("Thing")


async def test_uuid_ids_have_one_printed_form(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    ids = [str(UUID(int=n * 2**96 + 1)) for n in (1, 0xABCDEF, 0xFFFFFFFF)]
    filled(service, url, "uuid", *(f"'{each}'" for each in ids))
    things = open_catalog(url)
    assert sorted((await things.listing("Thing")).ids) == ids
    asked = [ids[0], ids[1].upper(), ids[2].replace("-", ""), "{" + ids[2] + "}", "nonsense"]
    assert set(await things.lookup("Thing", asked)) == {ids[0]}


async def test_fixed_width_ids_have_no_spaces_at_the_end(
    service: ModuleType, url: str, open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    filled(service, url, "char(8)", "'a'", "'bb'", "'ccc'", "'d d'", "'eeeeeeee'")
    things = open_catalog(url)
    assert (await things.listing("Thing")).ids == ["a", "bb", "ccc", "d d", "eeeeeeee"]
    assert set(await things.lookup("Thing", ["a", "d d", "bb ", "eeeeeeee"])) == {"a", "d d", "eeeeeeee"}


async def test_weights_and_a_schema_are_read(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    schema = make_url(url).database if service.__name__.endswith("mysql") else "iot"
    if schema == "iot":
        service.execute(url, "CREATE SCHEMA iot")
    service.execute(
        url,
        f"CREATE TABLE {schema}.parts (id varchar(9) PRIMARY KEY, cpu numeric(9,2), ram bigint)",
        f"INSERT INTO {schema}.parts VALUES ('a', 3, 10), ('b', NULL, 1), ('c', -1, 1), ('d', 1.5, 1)",
    )
    things = open_catalog(url, f"{schema}.parts", weights={"cpu": "cpu", "ram": "ram"})
    listing = await things.listing("Thing")
    assert (list(listing.ids), listing.weights) == (["a", "b", "c", "d"], {"a": (1, 3, 10), "d": (1, 2, 1)})
    assert listing.doubtful == 2 and "negative (-1" in listing.doubts["c"]


async def test_labels_and_bad_weights_are_read_alike_by_a_listing_and_a_lookup(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    number = "double precision" if service.__name__.endswith("postgres") else "double"
    service.execute(
        url,
        f"CREATE TABLE parts (id varchar(9) PRIMARY KEY, tenant varchar(40), live boolean, cpu {number})",
        "INSERT INTO parts VALUES ('a', 'x', true, 2.5), ('b', NULL, NULL, NULL), ('c', 'x', true, -3)",
    )
    if service.__name__.endswith("postgres"):
        service.execute(url, "INSERT INTO parts VALUES ('d', NULL, NULL, 'NaN')")
    things = open_catalog(url, "parts", weights={"cpu": "cpu"}, labels={"tenant": "tenant"})
    listing = await things.listing("Thing")
    assert listing.labels == {"a": (("tenant", "x"),), "c": (("tenant", "x"),)}
    assert listing.weights == {"a": (1, 3)}
    assert {"b", "c"} <= listing.doubts.keys() and listing.doubtful == len(listing.ids) - 1
    for _ in range(3):
        found = await things.lookup("Thing", listing.ids)
        assert {i: one.labels for i, one in found.items() if one.labels} == listing.labels
        assert {i: one.doubt for i, one in found.items() if one.doubt} == listing.doubts
        assert found["a"].weight == (1, 3)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"table": "Rule"}, "no table 'Rule'"),
        ({"id_column": "uuid"}, "no column 'uuid'"),
        ({"filter": "nonsense = 1"}, "nonsense"),
        ({"id_column": "made"}, "ids are text, integers or UUIDs"),
    ],
)
async def test_what_the_configuration_names_wrongly_is_said(
    service: ModuleType, url: str, open_catalog: OpenCatalog, fields: dict, problem: str
) -> None:
    service.execute(url, f"CREATE TABLE {quoted(service)} (id varchar(9) PRIMARY KEY, made date)")
    things = open_catalog(url, **fields)
    with pytest.raises(Unavailable, match=problem):
        await things.listing("Thing")
    assert problem in str(await things.check("Thing"))


async def test_a_wrong_password_is_said_without_repeating_it(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    wrong = make_url(url).set(password="Wr0ng").render_as_string(hide_password=False)
    said = await open_catalog(wrong).check("Thing")
    assert said is not None
    assert ("password authentication failed" in said) or ("Access denied" in said)
    assert "Wr0ng" not in said


async def test_a_statement_that_takes_too_long_is_ended_at_its_deadline(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    filled(service, url, TEXT, "'a'")
    sleep = "sleep(20) = 0" if service.__name__.endswith("mysql") else "pg_sleep(20) is not null"
    things = open_catalog(url, filter=sleep, lookup_deadline_s=1.0, threads=1)
    for _ in range(2):
        async with asyncio.timeout(10):
            with pytest.raises(Unavailable, match=r"too long|did not answer"):
                await things.lookup("Thing", ["a"])


async def test_a_table_may_be_dropped_and_made_again_between_readings(
    service: ModuleType, url: str, open_catalog: OpenCatalog
) -> None:
    filled(service, url, TEXT, "'a'")
    things = open_catalog(url)
    assert (await things.listing("Thing")).ids == ["a"]
    service.execute(url, f"DROP TABLE {quoted(service)}")
    with pytest.raises(Unavailable, match="Thing"):
        await things.listing("Thing")
    filled(service, url, "integer", "7")
    assert (await things.listing("Thing")).ids == ["7"]
