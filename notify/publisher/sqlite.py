"""SQLite as the publisher needs it: readers beside a writer, waiting writers, savepoints that work."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

READ_ONLY: Final[dict[str, Any]] = {"shardwright_read_only": True}
"""Execution options of a connection that only reads: it then takes no write lock."""


def prepare_sqlite(engine: Engine, *, busy_timeout_s: float = 10.0) -> None:
    """Set WAL, a busy timeout, and transactions that begin as writers; before the first connection.

    Without it the driver begins a transaction late, so that a savepoint may commit by itself, and two
    transactions that read and then write fail with "database is locked".
    """

    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_s * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    def on_begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("shardwright_read_only", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
