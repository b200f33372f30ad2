"""Engines for catalogs: for reading only, from a primary, with statements that have a deadline."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import Connection, create_engine, event, exc, text
from sqlalchemy.engine import URL, Engine, make_url

from orchestrator.catalog.attempt import Attempt, hold, let_go
from orchestrator.catalog.sqlite_file import sqlite_engine
from orchestrator.errors import ConfigError, Unavailable

_PROGRESS_STEPS = 20_000
_TRUSTED_FOR_S = 1.0
"""A connection that was used so recently is not asked whether it lives: that would be one more round trip."""

_STATEMENT_MS = 10_000
"""The limit of a statement that is given none of its own."""

_DRIVERS: Final = {
    "postgresql": ("psycopg", "postgresql"),
    "mysql": ("pymysql", "mysql"),
    "mariadb": ("pymysql", "mysql"),
}
"""The driver that is meant when an address names none, and the extra that brings it."""

_POSTGRESQL: Final = {
    "connect_timeout": 5,
    "application_name": "shardwright",
    # Else it is that of the database.
    "client_encoding": "utf8",
    # A server in recovery is a replica, which may lack what exists.
    "target_session_attrs": "primary",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Statements that a pooler such as PgBouncer would hand to another session.
    "prepare_threshold": None,
}
_MYSQL: Final = {"connect_timeout": 5, "read_timeout": 60, "write_timeout": 15}


def open_engine(url: str, *, connections: int) -> Engine:
    """An engine that connects at first use. Raises ConfigError for an address that cannot be used."""
    parsed: URL | None = None
    try:
        parsed = _with_driver(make_url(url))
        if parsed.get_backend_name() == "sqlite":
            return sqlite_engine(parsed, connections)
        return _server_engine(parsed, connections)
    except (exc.ArgumentError, exc.NoSuchModuleError) as error:
        raise ConfigError(f"catalog: the database address cannot be used: {error}") from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"catalog: the database driver {error.name!r} is not installed{_remedy(parsed)}"
        ) from error


def begin_snapshot(connection: Connection, attempt: Attempt, lock: str | None = None) -> None:
    """Begin one consistent read; statements fail after the attempt's end.

    ``lock``: a quoted table of PostgreSQL. Its snapshot is older than its wait for a table that is being
    truncated and filled again, and would show that table empty; with the table locked first it is not.
    """
    backend = connection.dialect.name
    if backend == "sqlite":
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(lambda: time.monotonic() > attempt.until, _PROGRESS_STEPS)
        # The driver itself begins no transaction for a SELECT, and so no snapshot either.
        connection.exec_driver_sql("BEGIN")
    elif backend == "postgresql":
        limit = f"SET LOCAL statement_timeout = {round(attempt.left * 1000) or 1}"
        taken = f"; LOCK TABLE {lock} IN ACCESS SHARE MODE" if lock else ""
        connection.exec_driver_sql((limit + taken).replace("%", "%%"))
    elif backend in _DRIVERS:
        if getattr(connection.dialect, "is_mariadb", False):
            connection.exec_driver_sql(f"SET SESSION max_statement_time = {attempt.left:.3f}")
        else:
            connection.exec_driver_sql(f"SET SESSION max_execution_time = {round(attempt.left * 1000) or 1}")
        connection.exec_driver_sql("START TRANSACTION READ ONLY")


def without_transactions(engine: Engine) -> Engine | None:
    """The same connections for a single statement, which has a snapshot of its own: one round trip, not four.

    None where that is not worth it. PostgreSQL takes such a snapshot when it holds the table's lock, and a
    statement that nobody waits for any more ends by the limit of its session.
    """
    if engine.dialect.name != "postgresql":
        return None
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def refuse_replica(connection: Connection) -> None:
    """Raises Unavailable for a MySQL server without writes; a PostgreSQL is asked when it is connected to."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        return
    if connection.execute(text("SELECT @@global.read_only")).scalar():
        raise Unavailable("the server is read only, and so may be a replica: name the primary")


def _with_driver(url: URL) -> URL:
    # "postgres" is what many hosters and tools write.
    name = {"postgres": "postgresql"}.get(url.drivername, url.drivername)
    return url.set(drivername=f"{name}+{_DRIVERS[name][0]}" if name in _DRIVERS else name)


def _server_engine(url: URL, connections: int) -> Engine:
    backend, driver = url.get_backend_name(), url.get_driver_name()
    given: dict[str, dict[str, Any]] = {"psycopg": _POSTGRESQL, "pymysql": _MYSQL}
    arguments = {name: value for name, value in given.get(driver, {}).items() if name not in url.query}
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if backend in _DRIVERS else {}
    engine = create_engine(url, pool_size=connections, max_overflow=0, connect_args=arguments, **options)
    dialect = engine.dialect

    def on_connect(connection: Any, _record: Any) -> None:
        if driver == "psycopg":
            connection.read_only = True
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {_STATEMENT_MS}")
            connection.commit()

    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        hold(connection)
        if time.monotonic() - record.info.get("used", float("-inf")) < _TRUSTED_FOR_S:
            return
        try:
            alive = dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            if not dialect.is_disconnect(error, connection, None):
                raise
            alive = False
        if not alive:
            raise exc.DisconnectionError("the connection is dead")

    def on_checkin(_connection: Any, record: Any) -> None:
        let_go()
        record.info["used"] = time.monotonic()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "checkout", on_checkout)
    event.listen(engine, "checkin", on_checkin)
    return engine


def _remedy(url: URL | None) -> str:
    if url is None or url.get_backend_name() not in _DRIVERS:
        return ""
    driver, extra = _DRIVERS[url.get_backend_name()]
    return f"; for {url.get_backend_name()}+{driver}: pip install 'shardwright[{extra}]'"
