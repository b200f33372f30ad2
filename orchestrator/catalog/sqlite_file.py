"""A catalog in an SQLite file: never created by opening it, and seen when it is another file."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import QueuePool, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DisconnectionError

from orchestrator.errors import ConfigError, Unavailable


def sqlite_engine(url: URL, connections: int) -> Engine:
    """Raises ConfigError for an address that is no file."""
    if url.database in (None, "", ":memory:"):
        raise ConfigError("catalog: an SQLite catalog must be a file")
    path = Path(str(url.database).removeprefix("file:")).absolute()

    def connect() -> sqlite3.Connection:
        # An empty database made by opening it would say that every resource is gone.
        if not path.is_file():
            raise Unavailable(f"the database file {path} does not exist")
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        # SQLite stores any bytes as text: one broken id shall be one bad id, not the end of the reading.
        connection.text_factory = _text
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


def _text(stored: bytes) -> str:
    return stored.decode(errors="surrogateescape")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
