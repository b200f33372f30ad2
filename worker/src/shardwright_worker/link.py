"""One HTTP exchange at a time, which can be abandoned while it waits for its answer."""

import http.client
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from .doorbell import Doorbell
from .waiting import Abandoned, Patience, await_answer

_CONNECT_TIMEOUT = 5.0
_READ_TIMEOUT = 5.0
_LARGEST_ANSWER = 64 * 1024 * 1024


class LinkError(Exception):
    """No answer was received: not connected, timed out, cut off, or not HTTP."""


class Reply(NamedTuple):
    """An HTTP answer. ``retry_after``: seconds the server asked to wait, None when it did not."""

    status: int
    retry_after: float | None
    body: bytes


class Link:
    """Posts to one URL over one connection, kept open between exchanges. Used by one thread."""

    def __init__(self, url: str, token: str, doorbell: Doorbell) -> None:
        parts = urlsplit(url)
        self._https = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._doorbell = doorbell
        self._connection: http.client.HTTPConnection | None = None

    def exchange(self, body: bytes, patience: Patience) -> Reply | None:
        """Post, and wait for the answer; None: abandoned, and the connection closed. Raises LinkError."""
        finished = False
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            connection.request("POST", self._path, body, self._headers)
            sock: socket.socket = connection.sock
            connection.response_class = _awaited(sock, self._doorbell, patience)
            with connection.getresponse() as response:
                reply = _read(response)
                finished = not response.will_close
            return reply
        except Abandoned:
            return None
        except (OSError, http.client.HTTPException) as failed:
            raise LinkError(f"{type(failed).__name__}: {failed}") from failed
        finally:
            # Half an exchange must never be continued by the next one.
            if not finished:
                self.close()

    def close(self) -> None:
        """Close the connection; the next exchange opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_CONNECT_TIMEOUT)
        connection.connect()
        return connection


def _awaited(sock: socket.socket, doorbell: Doorbell, patience: Patience) -> type[http.client.HTTPResponse]:
    """A response that waits, before it reads its first line, in a way that can be abandoned."""

    class Awaited(http.client.HTTPResponse):
        def begin(self) -> None:
            await_answer(sock, self.fp, doorbell, patience)
            sock.settimeout(_READ_TIMEOUT)
            super().begin()

    return Awaited


def _read(response: http.client.HTTPResponse) -> Reply:
    body = response.read(_LARGEST_ANSWER)
    if not response.isclosed() and response.read(1):
        raise http.client.HTTPException("the answer is too large")
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return Reply(response.status, _seconds(response.getheader("Retry-After")), body)


def _seconds(header: str | None) -> float | None:
    """A Retry-After in seconds; its other form, a date, is of no use to a clock that may be wrong."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None
