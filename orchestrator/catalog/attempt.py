"""One reading of a catalog: until when it may last, and how it is ended from another thread."""

from __future__ import annotations

import os
import socket
import threading
import time
from types import TracebackType
from typing import Any

_running = threading.local()


class Attempt:
    """A context for the thread that reads. A database that stands still in the middle of an answer heeds no
    timeout of its own; ``cut`` then ends the connection under the thread, which goes on with an error."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        """Monotonic seconds."""
        self._lock = threading.Lock()
        self._connection: Any = None
        self._over = False

    @property
    def left(self) -> float:
        """Seconds until it has to end, at least a millisecond."""
        return max(0.001, self.until - time.monotonic())

    def cut(self) -> None:
        """End it, from any thread; what is not connected yet ends by its own timeout."""
        with self._lock:
            self._over = True
            _shut(self._connection)

    def __enter__(self) -> Attempt:
        _running.attempt = self
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _running.attempt = None
        self._let_go()

    def _hold(self, connection: Any) -> None:
        with self._lock:
            self._connection = connection
            if self._over:
                _shut(connection)

    def _let_go(self) -> None:
        with self._lock:
            self._connection = None


def hold(connection: Any) -> None:
    """Say which connection of a driver this thread is about to wait for."""
    attempt: Attempt | None = getattr(_running, "attempt", None)
    if attempt is not None:
        attempt._hold(connection)


def let_go() -> None:
    """Say that this thread gives its connection back, to be used by others."""
    attempt: Attempt | None = getattr(_running, "attempt", None)
    if attempt is not None:
        attempt._let_go()


def _shut(connection: Any) -> None:
    # psycopg tells its descriptor; PyMySQL has a socket, and SQLite nothing to wait for.
    owner = connection if hasattr(connection, "fileno") else getattr(connection, "_sock", None)
    if owner is None:
        return
    try:
        with socket.socket(fileno=os.dup(owner.fileno())) as link:
            link.shutdown(socket.SHUT_RDWR)
    except _errors_of(connection):
        # It is closed already.
        return


def _errors_of(connection: Any) -> tuple[type[Exception], ...]:
    # psycopg raises an error of its own for the descriptor of a closed connection.
    error = getattr(connection, "OperationalError", None)
    return (OSError, error) if isinstance(error, type) else (OSError,)
