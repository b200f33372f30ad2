"""One HTTP exchange at a time, which can be abandoned while it waits for its answer."""

import http.client
import socket
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from .doorbell import Doorbell
from .waiting import Abandoned, Patience, await_answer

_CONNECT_TIMEOUT = 5.0
# Where there are others, an address that leads nowhere must not use up the lease.
_CONNECT_TIMEOUT_OF_SEVERAL = 2.0
_READ_TIMEOUT = 5.0
_LARGEST_ANSWER = 64 * 1024 * 1024


class LinkError(Exception):
    """No answer was received: not connected, timed out, cut off, or not HTTP."""


class Reply(NamedTuple):
    """An HTTP answer. ``retry_after``: seconds the server asked to wait, None when it did not."""

    status: int
    retry_after: float | None
    body: bytes


class _Address(NamedTuple):
    https: bool
    host: str
    port: int | None
    path: str

    @classmethod
    def of(cls, url: str) -> "_Address":
        parts = urlsplit(url)
        return cls(parts.scheme == "https", parts.hostname or "", parts.port, parts.path)


class Link:
    """Posts to one of ``urls`` over one connection, kept open between exchanges. Used by one thread.

    It stays with one address until it is told to ``turn`` to the next.
    """

    def __init__(self, urls: Sequence[str], token: str, doorbell: Doorbell) -> None:
        self._addresses = [_Address.of(url) for url in urls]
        self._at = 0
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._doorbell = doorbell
        self._connection: http.client.HTTPConnection | None = None

    def exchange(self, body: bytes, patience: Patience) -> Reply | None:
        """Post, and wait for the answer; None: abandoned, and the connection closed. Raises LinkError."""
        finished = False
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            connection.request("POST", self._addresses[self._at].path, body, self._headers)
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

    def turn(self) -> None:
        """Go on with the next address, if there is another."""
        if len(self._addresses) > 1:
            self._at = (self._at + 1) % len(self._addresses)
            self.close()

    def close(self) -> None:
        """Close the connection; the next exchange opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        at = self._addresses[self._at]
        kind = http.client.HTTPSConnection if at.https else http.client.HTTPConnection
        timeout = _CONNECT_TIMEOUT if len(self._addresses) == 1 else _CONNECT_TIMEOUT_OF_SEVERAL
        connection = kind(at.host, at.port, timeout=timeout)
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
