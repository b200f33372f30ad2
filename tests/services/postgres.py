"""PostgreSQL for tests: an address given, a native program, or a container."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.services.postgres_container import PostgresContainer
from tests.services.postgres_server import Postgres, absent
from tests.services.source import Source

ADDRESS = "SHARDWRIGHT_TEST_POSTGRES"
"""``postgresql+psycopg://user:password@host:port/database`` of an account that may create databases."""

SOURCE = Source(
    "PostgreSQL", ADDRESS, absent=absent, program=Postgres, container=PostgresContainer, address="url"
)


def shared() -> str:
    """The URL of a new, empty database on a server for all tests of this process; skips without one."""
    return database(SOURCE.shared())


@contextmanager
def own() -> Iterator[Postgres]:
    """A server for one test, not started yet; skips the test where none can be paused and killed."""
    SOURCE.require_program()
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        yield server
        server.stop()


def database(url: str, encoding: str = "") -> str:
    """Make a database on the server of ``url``, of its own encoding or of ``encoding``; its URL."""
    name = f"test_{secrets.token_hex(6)}"
    other = f" ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'" if encoding else ""
    execute(url, f"CREATE DATABASE {name}{other}")
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def execute(url: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]
