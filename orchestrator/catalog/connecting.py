"""Engines for catalogs: read-only use, no file created by accident, statements with a deadline."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, QueuePool, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError

from orchestrator.errors import ConfigError, Unavailable

_PROGRESS_STEPS = 20_000
_SNAPSHOT_DIALECTS = {"postgresql", "mysql", "mariadb"}


def open_engine(url: str, *, connections: int) -> Engine:
    """An engine that connects at first use. Raises ConfigError for an address that cannot be used."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed, connections)
        return create_engine(parsed, pool_size=connections, max_overflow=0, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as exc:
        raise ConfigError(f"catalog: the database address cannot be used: {exc}") from exc
    except ModuleNotFoundError as exc:
        raise ConfigError(f"catalog: the database driver {exc.name!r} is not installed") from exc


def begin_snapshot(connection: Connection, deadline: float) -> None:
    """Begin one consistent read; statements fail after ``deadline`` (monotonic seconds)."""
    backend = connection.dialect.name
    if backend == "sqlite":
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(lambda: time.monotonic() > deadline, _PROGRESS_STEPS)
        # The driver itself begins no transaction for a SELECT, and so no snapshot either.
        connection.exec_driver_sql("BEGIN")
        return
    if backend in _SNAPSHOT_DIALECTS:
        connection.execution_options(isolation_level="REPEATABLE READ")
    if backend == "postgresql":
        left_ms = max(1, round((deadline - time.monotonic()) * 1000))
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {left_ms}")


def _sqlite_engine(url: URL, connections: int) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise ConfigError("catalog: an SQLite catalog must be a file")
    path = Path(str(url.database).removeprefix("file:")).absolute()

    def connect() -> sqlite3.Connection:
        # An empty database made by opening it would say that every resource is gone.
        if not path.is_file():
            raise Unavailable(f"the database file {path} does not exist")
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def remember(connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)

    def compare(connection: Any, record: Any, proxy: Any) -> None:
        # A file that was replaced must be seen: its connection still reads the old one.
        if record.info["file"] != _identity(path):
            raise DisconnectionError(f"the database file {path} is another one now")

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=connections, max_overflow=0
    )
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
