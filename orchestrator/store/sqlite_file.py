"""Versioned documents in one SQLite file. Each object is used by one thread only, which opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from orchestrator.core.decisions import Conflict, Deposed
from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.document import Document
from orchestrator.store.operations import ANY, Check, Create, Delete, Operation, Set, refusal
from orchestrator.store.sqlite_errors import explained, primary_code

FORMAT = 1
BUSY_TIMEOUT_MS = 5000
SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    path TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL
)
"""

Connect = Callable[[Path], sqlite3.Connection]


class UncertainError(Unavailable):
    """COMMIT itself failed: the transaction may be in the file or not."""


class RefusedError(Exception):
    """An operation found another version; carries the answer through the rollback."""

    def __init__(self, answer: Conflict | Deposed) -> None:
        super().__init__(answer.detail)
        self.answer = answer


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


class SqliteFile:
    """One connection, made again after a failure that leaves its state in doubt."""

    def __init__(self, path: Path, *, writes: bool, connect: Connect = connect) -> None:
        self._path = path
        self._writes = writes
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def open(self) -> None:
        """Connect, and write the schema into a new file. Raises Permanent, Unavailable."""
        connection: sqlite3.Connection | None = None
        try:
            connection = self._connect(self._path)
            self._prepare(connection)
        except BaseException as exc:
            if connection is not None:
                connection.close()
            if isinstance(exc, sqlite3.Error):
                raise explained(exc, self._path) from exc
            raise
        self._connection = connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        if not self._writes:
            connection.execute("PRAGMA query_only = ON")
            self._require_same_file()
            return
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise Permanent(f"{self._path} cannot keep a write-ahead log here (journal mode {mode})")
        # An acknowledged commit must outlive a power failure too, so each one waits for the disk.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found not in (0, FORMAT):
            raise Permanent(f"{self._path} has format {found}, this version knows {FORMAT}")
        connection.execute(SCHEMA)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
        self._require_same_file()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def get(self, path: str) -> Document | None:
        found = self._open.execute("SELECT body, version FROM documents WHERE path = ?", (path,)).fetchone()
        return None if found is None else Document(bytes(found[0]), found[1])

    def below(self, prefix: str) -> Iterator[tuple[str, Document]]:
        """Every document whose path begins with ``prefix``, which ends in a slash."""
        found = self._open.execute(
            "SELECT path, body, version FROM documents WHERE path > ? AND path < ?",
            (prefix, prefix[:-1] + "0"),  # "0" is what follows "/"
        )
        for path, body, version in found:
            yield path, Document(bytes(body), version)

    def paths(self, prefix: str) -> list[str]:
        found = self._open.execute(
            "SELECT path FROM documents WHERE path > ? AND path < ?", (prefix, prefix[:-1] + "0")
        )
        return [path for (path,) in found]

    def apply(self, operations: Sequence[Operation], leader: str) -> None:
        """Run the operations inside ``transaction``; raises RefusedError at the first that does not fit."""
        for operation in operations:
            if not self._run(operation):
                found = self.get(operation.path)
                raise RefusedError(refusal(operation, None if found is None else found.version, leader))

    def _run(self, operation: Operation) -> bool:
        connection = self._open
        match operation:
            case Check(path, version):
                found = self.get(path)
                return found is not None and found.version == version
            case Create(path, body):
                statement = "INSERT INTO documents VALUES (?, 0, ?) ON CONFLICT DO NOTHING"
                return connection.execute(statement, (path, body)).rowcount == 1
            case Set(path, body, version):
                statement = (
                    "UPDATE documents SET body = ?, version = version + 1 WHERE path = ? AND version = ?"
                )
                return connection.execute(statement, (body, path, version)).rowcount == 1
            case Delete(path, version):
                statement = "DELETE FROM documents WHERE path = ? AND ? IN (version, ?)"
                return connection.execute(statement, (path, version, ANY)).rowcount == 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens as a whole, or not at all when it raises.

        Errors of SQLite leave it as Unavailable or Permanent (nothing was written), or as
        UncertainError when they came from the commit itself.
        """
        if self._identity is not None:
            # Before connecting, too: that would make a new empty file in the place of one that is gone.
            self._require_same_file()
        if self._connection is None:
            self.open()
        try:
            self._open.execute("BEGIN IMMEDIATE" if self._writes else "BEGIN")
            yield
        except BaseException as exc:
            self._roll_back()
            if isinstance(exc, sqlite3.Error):
                raise explained(exc, self._path) from exc
            raise
        try:
            self._open.execute("COMMIT")
        except sqlite3.Error as exc:
            # Closing rolls back whatever is open, and whatever state the failure left goes with it.
            self.close()
            if primary_code(exc) == sqlite3.SQLITE_BUSY:
                raise explained(exc, self._path) from exc
            raise UncertainError(f"{self._path} did not confirm a commit: {exc}") from exc

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                self.close()

    def _require_same_file(self) -> None:
        """A file that was unlinked or replaced still takes writes, but nobody else will ever see them."""
        try:
            status = self._path.stat()
        except OSError as exc:
            raise Unavailable(f"{self._path} is gone: {exc.strerror}") from exc
        identity = (status.st_dev, status.st_ino)
        if self._identity not in (None, identity):
            raise Unavailable(f"{self._path} was replaced while in use; restart on the file that is meant")
        self._identity = identity

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None, "a transaction opens the connection"
        return self._connection
