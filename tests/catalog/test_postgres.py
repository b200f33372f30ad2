"""What is PostgreSQL's own: reloads in one transaction, replicas, citext, views, accounts that only read."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from orchestrator.catalog import reading
from orchestrator.core.traits import PLAIN
from orchestrator.errors import Unavailable
from tests.services import postgres
from tests.services.waiting import until

from .conftest import OpenCatalog


@pytest.fixture
def url() -> str:
    return postgres.shared()


async def test_a_table_that_is_truncated_and_filled_again_is_never_seen_empty(
    url: str, open_catalog: OpenCatalog
) -> None:
    postgres.execute(url, "CREATE TABLE thing (id text PRIMARY KEY)", "INSERT INTO thing VALUES ('a'), ('b')")
    things = open_catalog(url, "thing")
    assert len((await things.listing("Thing")).ids) == 2
    with closing(psycopg.connect(url.replace("+psycopg", ""))) as reload:
        reload.execute("TRUNCATE thing")
        listing = asyncio.create_task(things.listing("Thing"))
        lookup = asyncio.create_task(things.lookup("Thing", ["a"]))
        await asyncio.sleep(0.5)
        assert not listing.done()
        reload.execute("INSERT INTO thing VALUES ('a'), ('b'), ('c')")
        reload.commit()
    assert (await listing).ids == ["a", "b", "c"]
    assert await lookup == {"a": PLAIN}


async def test_reading_holds_up_no_writer(url: str, open_catalog: OpenCatalog) -> None:
    postgres.execute(url, "CREATE TABLE thing (id text PRIMARY KEY)", "INSERT INTO thing VALUES ('a')")
    things = open_catalog(url, "thing", filter="pg_sleep(1) is not null")
    listing = asyncio.create_task(things.listing("Thing"))
    await until(lambda: is_asleep(url), 10, "the listing is under way", every=0.05)
    write = "SET lock_timeout = 200; INSERT INTO thing VALUES ('b'); DELETE FROM thing WHERE id = 'a'"
    await asyncio.to_thread(postgres.execute, url, write)
    assert (await listing).ids == ["a"]


def is_asleep(url: str) -> bool:
    """Whether a statement of this database stands in its pg_sleep."""
    with closing(psycopg.connect(url.replace("+psycopg", ""))) as watching:
        asked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        return watching.execute(asked).fetchone() is not None


@pytest.mark.parametrize("form", ["VIEW", "MATERIALIZED VIEW"])
async def test_a_view_is_a_catalog_too(url: str, open_catalog: OpenCatalog, form: str) -> None:
    made = f"CREATE {form} live AS SELECT id FROM thing WHERE id <> 'b'"
    postgres.execute(url, "CREATE TABLE thing (id text PRIMARY KEY)", "INSERT INTO thing VALUES ('a')", made)
    things = open_catalog(url, "live")
    assert (await things.listing("Thing")).ids == ["a"]


async def test_ids_of_the_type_citext_are_told_apart_and_none_is_skipped(
    url: str, open_catalog: OpenCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    postgres.execute(
        url,
        "CREATE EXTENSION citext",
        "CREATE TABLE thing (id citext PRIMARY KEY)",
        "INSERT INTO thing VALUES ('a'), ('B'), ('c'), ('D'), ('e'), ('Z'), ('z1')",
    )
    things = open_catalog(url, "thing")
    assert set((await things.listing("Thing")).ids) == {"a", "B", "c", "D", "e", "Z", "z1"}
    assert set(await things.lookup("Thing", ["A", "B", "b"])) == {"B"}


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
async def test_an_address_needs_no_driver(url: str, open_catalog: OpenCatalog, scheme: str) -> None:
    postgres.execute(url, "CREATE TABLE thing (id text PRIMARY KEY)", "INSERT INTO thing VALUES ('a')")
    things = open_catalog(url.replace("postgresql+psycopg", scheme), "thing")
    assert (await things.listing("Thing")).ids == ["a"]


async def test_an_account_that_may_only_read_is_enough(url: str, open_catalog: OpenCatalog) -> None:
    reader = f"reader_{secrets.token_hex(4)}"
    postgres.execute(
        url,
        "CREATE TABLE thing (id text PRIMARY KEY)",
        "CREATE TABLE secret_thing (id text PRIMARY KEY)",
        "INSERT INTO thing VALUES ('a')",
        f"CREATE ROLE {reader} LOGIN PASSWORD 'r'",
        f"GRANT SELECT ON thing TO {reader}",
        f"ALTER ROLE {reader} SET default_transaction_read_only = on",
    )
    things = open_catalog(url.replace("shardwright:s3cret", f"{reader}:r"), "thing")
    assert (await things.listing("Thing")).ids == ["a"]
    assert set(await things.lookup("Thing", ["a"])) == {"a"}
    with pytest.raises(Unavailable, match="permission denied"):
        await open_catalog(url.replace("shardwright:s3cret", f"{reader}:r"), "secret_thing").listing("Thing")


async def test_a_replica_is_refused_until_it_is_promoted(open_catalog: OpenCatalog) -> None:
    with postgres.own() as server:
        server.start()
        postgres.execute(server.url, "CREATE TABLE thing (id text)", "INSERT INTO thing VALUES ('a')")
        server.stop()
        standby = Path(server._data) / "standby.signal"
        standby.touch()
        shutil.copystat(Path(server._data) / "PG_VERSION", standby)
        server.start()
        things = open_catalog(server.url, "thing")
        with pytest.raises(Unavailable, match="hot standby"):
            await things.listing("Thing")
        postgres.execute(server.url, "SELECT pg_promote()")
        assert (await things.listing("Thing")).ids == ["a"]


def test_a_driver_that_is_missing_is_named_with_its_extra() -> None:
    asked = (
        "import sys; sys.modules['psycopg'] = sys.modules['pymysql'] = None\n"
        "from orchestrator.catalog.connecting import open_engine\n"
        "from orchestrator.errors import ConfigError\n"
        "for url in ('postgresql://u:secret@h/d', 'mysql://u:secret@h/d', 'mariadb+pymysql://u:secret@h/d'):\n"
        "    try: open_engine(url, connections=1)\n"
        "    except ConfigError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert said.stdout.count("pip install 'shardwright[postgresql]'") == 1, said.stderr
    assert said.stdout.count("pip install 'shardwright[mysql]'") == 2
    assert "secret" not in said.stdout


@pytest.mark.parametrize("encoding", ["", "latin1"])
async def test_an_id_in_letters_that_the_database_has_not_is_not_there_and_hinders_no_other(
    url: str, open_catalog: OpenCatalog, encoding: str
) -> None:
    latin = postgres.database(url, "LATIN1")
    postgres.execute(latin, "CREATE TABLE thing (id text)", "INSERT INTO thing VALUES ('a'), ('z\u00fcrich')")
    things = open_catalog(latin + (f"?client_encoding={encoding}" if encoding else ""), "thing")
    for _ in range(3):
        asked = ["\U0001f600", "a", "b", "z\u00fcrich", "\u0142"]
        assert set(await things.lookup("Thing", asked)) == {"a", "z\u00fcrich"}
        assert set(await things.lookup("Thing", [*map(str, range(1200)), *asked])) == {"a", "z\u00fcrich"}
