"""MySQL (here MariaDB) for tests: an address given, a native program, or a container."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pymysql
from sqlalchemy.engine import make_url

from tests.services.mysql_container import MysqlContainer
from tests.services.mysql_server import Mysql, absent
from tests.services.source import Source

ADDRESS = "SHARDWRIGHT_TEST_MYSQL"
"""``mysql+pymysql://user:password@host:port/database`` of an account that may create databases."""

SOURCE = Source("MySQL", ADDRESS, absent=absent, program=Mysql, container=MysqlContainer, address="url")


def shared() -> str:
    """The URL of a new, empty database on a server for all tests of this process; skips without one."""
    return database(SOURCE.shared())


@contextmanager
def own() -> Iterator[Mysql]:
    """A server for one test, not started yet; skips the test where none can be paused and killed."""
    SOURCE.require_program()
    with tempfile.TemporaryDirectory(prefix="mysql-", ignore_cleanup_errors=True) as folder:
        server = Mysql(Path(folder))
        yield server
        server.stop()


def database(url: str) -> str:
    """Make a database on the server of ``url``; its URL."""
    name = f"test_{secrets.token_hex(6)}"
    execute(url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def execute(url: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    parsed = make_url(url)
    connection = pymysql.connect(
        host=parsed.host,
        port=parsed.port or 3306,
        user=parsed.username,
        password=str(parsed.password),
        database=parsed.database,
        charset="utf8mb4",
        autocommit=True,
    )
    with closing(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
