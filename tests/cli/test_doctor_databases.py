"""Doctor reads a catalog as a server would, and tells what is doubtful about its table and its server."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services import mysql, postgres

SERVERS: dict[str, Any] = {"postgres": postgres, "mysql": mysql}


@pytest.fixture(scope="module")
def made() -> Callable[[str], str]:
    """The URL of a new database of a server, asked for once."""
    urls: dict[str, str] = {}

    def of(server: str) -> str:
        if server not in urls:
            urls[server] = SERVERS[server].shared()
            SERVERS[server].execute(
                urls[server],
                "CREATE TABLE sound (id VARCHAR(64) PRIMARY KEY)",
                "CREATE TABLE indexed (id VARCHAR(64) NOT NULL)",
                "CREATE UNIQUE INDEX indexed_id ON indexed (id)",
                "CREATE TABLE loose (id VARCHAR(64), other VARCHAR(64))",
                "CREATE INDEX loose_id ON loose (id)",
                "CREATE TABLE pairs (id VARCHAR(64), site VARCHAR(64), PRIMARY KEY (id, site))",
                "CREATE VIEW seen AS SELECT id FROM sound",
            )
        return urls[server]

    return of


@pytest.fixture
def ask(shardwright: Any, home: Path) -> Any:
    """All findings about the catalog, or the journal."""

    def asked(url: str, table: str, name: str = "catalog Thing", **keys: Any) -> tuple[int, list[Any]]:
        kinds = {"Thing": {"table": table, **keys}}
        written = {"catalog": {"url": url}, "kinds": kinds, "api": {"port": 0}, "mqtt": {"port": 0}}
        if name == "journal":
            written |= {"journal": {"url": url}, "catalog": {}}
        (home / "config.yaml").write_text(json.dumps(written))
        ended = shardwright("doctor", "-o", "json")
        assert "hunter2" not in ended.out + ended.err
        return ended.code, [each for each in json.loads(ended.out) if each["name"] == name]

    return asked


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("table", ["sound", "indexed"])
def test_an_id_that_is_unique_by_an_index_is_well(made: Any, ask: Any, server: str, table: str) -> None:
    code, (found,) = ask(made(server), table)
    assert (code, found["ok"], found["warns"]) == (0, True, False)
    assert "***" in found["detail"]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("loose", "loose.id is no primary key and has no unique index"),
        ("pairs", "pairs.id is no primary key and has no unique index"),
        ("seen", "seen is a view: see that its id is unique"),
    ],
)
def test_an_id_that_may_stand_twice_is_a_warning(
    made: Any, ask: Any, server: str, table: str, said: str
) -> None:
    code, (_, doubt) = ask(made(server), table)
    assert (code, doubt["ok"], doubt["warns"]) == (0, True, True)
    assert doubt["detail"].startswith(said)


@pytest.mark.parametrize("server", SERVERS)
def test_a_table_or_column_that_is_not_there_is_trouble(made: Any, ask: Any, server: str) -> None:
    code, (found,) = ask(made(server), "none")
    assert (code, found["ok"]) == (1, False)
    assert "there is no table 'none'" in found["detail"]
    code, (found,) = ask(made(server), "sound", id_column="nr")
    assert (code, found["ok"]) == (1, False)
    assert "nr" in found["detail"]


def test_a_server_that_follows_another_is_a_warning(made: Any, ask: Any) -> None:
    # Only this server's own databases are on it; elsewhere the setting would disturb others.
    url = made("mysql")
    mysql.execute(url, "SET GLOBAL read_only = 1")
    try:
        _, found = ask(url, "sound")
    finally:
        mysql.execute(url, "SET GLOBAL read_only = 0")
    assert found[-1]["warns"] and found[-1]["detail"].startswith("it is a replica")


def test_a_journal_elsewhere_is_tried_and_no_table_is_made_there(made: Any, ask: Any) -> None:
    code, (found,) = ask(made("postgres"), "sound", "journal")
    assert (code, found["ok"]) == (0, True)


def test_a_database_that_accepts_and_says_nothing_holds_nobody_up(ask: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql+psycopg://ann:hunter2@127.0.0.1:{mute.getsockname()[1]}/iota?connect_timeout=20"
        began = time.monotonic()
        code, (found,) = ask(url, "sound")
        assert time.monotonic() - began < 20
    assert (code, found["ok"]) == (1, False)
    assert "start the database" in found["mend"]


@pytest.mark.parametrize("name", ["catalog Thing", "journal"])
def test_a_database_that_is_not_there_is_trouble_without_its_password(ask: Any, name: str) -> None:
    code, (found,) = ask("postgresql+psycopg://ann:hunter2@127.0.0.1:1/iota", "Thing", name)
    assert (code, found["ok"]) == (1, False)
    assert "ann:***@127.0.0.1:1/iota" in found["detail"]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({"audit": "one", "access": "one"}, ["audit trail and accounts"]),
        ({"access": "one"}, ["audit trail and accounts"]),
        ({"audit": "one"}, ["audit trail"]),
        ({"journal": "one"}, ["journal", "audit trail and accounts"]),
        ({}, []),
    ],
)
def test_the_databases_of_trail_and_accounts_are_tried_where_they_are_no_files_of_ours(
    made: Any, shardwright: Any, home: Path, keys: dict[str, str], names: list[str]
) -> None:
    def findings(url: str) -> tuple[int, dict[str, Any]]:
        written: dict[str, Any] = {section: {"url": url} for section in keys}
        written.setdefault("access", {})["mode"] = "accounts"
        (home / "config.yaml").write_text(json.dumps(written | {"api": {"port": 0}, "mqtt": {"port": 0}}))
        ended = shardwright("doctor", "-o", "json")
        assert "hunter2" not in ended.out + ended.err
        found = {each["name"]: each for each in json.loads(ended.out)}
        return ended.code, {name: found[name] for name in found if "trail" in name or name in names}

    code, found = findings(made("postgres"))
    assert (code, list(found)) == (0, names)
    code, found = findings("postgresql+psycopg://ann:hunter2@127.0.0.1:1/iota")
    assert (code, [each["ok"] for each in found.values()]) == (int(bool(names)), [False] * len(names))
