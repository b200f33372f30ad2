"""PostgreSQL for tests: an address given, a native program, or a container."""

from __future__ import annotations

import atexit
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.services.postgres_container import PostgresContainer
from tests.services.postgres_server import Postgres, absent
from tests.services.require import missing
from tests.services.zookeeper_container import absent as no_container

ADDRESS = "SHARDWRIGHT_TEST_POSTGRES"
"""``postgresql+psycopg://user:password@host:port/database`` of an account that may create databases."""


def shared() -> str:
    """The URL of a new, empty database on a server for all tests of this process; skips without one."""
    given = os.environ.get(ADDRESS)
    if not given and absent() is not None and (reason := no_container()) is not None:
        missing("PostgreSQL", f"no address in {ADDRESS}; {absent()}; {reason}")
    return database(given or _started())


@contextmanager
def own() -> Iterator[Postgres]:
    """A server for one test, not started yet; skips the test where none can be paused and killed."""
    reason = absent()
    if reason is not None:
        missing("a PostgreSQL to pause and kill", reason)
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


@cache
def _started() -> str:
    if absent() is not None:
        container = PostgresContainer()
        container.start()
        atexit.register(container.stop)
        return container.url
    folder = tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True)
    server = Postgres(Path(folder.name))
    server.start()
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server.url
