"""Engines for what is kept in SQL, and what their errors mean to a caller."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc as sa_errors
from sqlalchemy.engine import make_url
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from orchestrator.errors import ConfigError, Permanent, Unavailable
from orchestrator.store.sqlite_errors import LASTING, primary_code

BUSY_TIMEOUT_MS = 5000

_POSTGRESQL: Final = {
    "connect_timeout": 5,
    "application_name": "shardwright",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Statements that a pooler such as PgBouncer would hand to another session.
    "prepare_threshold": None,
}


def open_engine(url: str, busy_timeout_ms: int, *, of: str) -> sa.Engine:
    """An engine that connects at first use; ``of``: what is kept there, for the errors.

    Raises Permanent for an address that cannot be used, ConfigError when the driver is not installed.
    """
    try:
        parsed = make_url(url)
        # Both are written where psycopg is meant.
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            engine = sa.create_engine(parsed)
            sa.event.listen(engine, "connect", lambda raw, _: _tune_sqlite(raw, busy_timeout_ms))
            return engine
        if backend != "postgresql":
            raise Permanent(f"the {of} is kept in SQLite or in PostgreSQL, not in {backend}")
        arguments = {name: value for name, value in _POSTGRESQL.items() if name not in parsed.query}
        return sa.create_engine(
            parsed,
            pool_pre_ping=True,
            pool_size=1,
            connect_args=arguments,
            # At a stricter level two replicas that take numbers at once would fail.
            isolation_level="READ COMMITTED",
        )
    except (sa_errors.ArgumentError, sa_errors.NoSuchModuleError) as exc:
        raise Permanent(f"the URL of the {of} is not one of a database that SQLAlchemy knows") from exc
    except ImportError as exc:
        raise ConfigError(
            f"{of}: the database driver {exc.name!r} is not installed;"
            " for postgresql+psycopg: pip install 'shardwright[postgresql]'"
        ) from exc


def is_missing_file(url: str) -> bool:
    """Whether it is a file of SQLite that is not there, which a look into it would make."""
    parsed = make_url(url)
    file = parsed.database if parsed.get_backend_name() == "sqlite" else None
    return bool(file) and not Path(str(file)).exists()


def cut(connection: Any) -> None:
    """End a connection that another thread waits for: a server that stands still heeds no timeout."""
    if not hasattr(connection, "fileno"):
        return
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as link:
            link.shutdown(socket.SHUT_RDWR)
    except (OSError, connection.OperationalError):
        # It is closed already.
        return


def explained(error: sa_errors.DBAPIError, *, of: str) -> Unavailable | Permanent:
    # The driver's own words only: SQLAlchemy adds the statement with its parameters, ids among them.
    cause = error.orig if error.orig is not None else error
    passing = isinstance(error, (sa_errors.OperationalError, sa_errors.InterfaceError))
    if passing and primary_code(cause) not in LASTING:
        return Unavailable(f"the database of the {of} does not answer: {cause}")
    return Permanent(f"the database of the {of} cannot be used: {cause}")


def _tune_sqlite(connection: Any, busy_timeout_ms: int) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
    # Of two that change the mode of a new file at once SQLite tells one that it is locked, without waiting.
    patient = Retrying(
        retry=retry_if_exception(lambda error: primary_code(error) == SQLITE_BUSY),
        stop=stop_after_delay(busy_timeout_ms / 1000),
        wait=wait_fixed(0.01),
        reraise=True,
    )
    patient(cursor.execute, "PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
