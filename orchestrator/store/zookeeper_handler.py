"""The connections and the replies of a kazoo client."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any

from kazoo.handlers.threading import AsyncResult, SequentialThreadingHandler

CONNECT_WITHIN_S = 2.0
"""A host that swallows packets must not use up the time in which another could renew the session."""

Ready = tuple[list[Any], list[Any], list[Any]]


class Reply(AsyncResult):  # type: ignore[misc]
    """Calls back on the thread that read the reply: what is linked must only hand over.

    The thread that kazoo has for this costs one more hop a call, and loses what comes while it stops.
    """

    def _do_callbacks(self) -> None:
        callbacks = list(self._callbacks)
        self._callbacks.clear()
        for callback in callbacks:
            callback(self)


class Handler(SequentialThreadingHandler):  # type: ignore[misc]
    """Makes the connections. ``reached_at``: since when servers accept connections but no session."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        super().__init__()
        self.reached_at: float | None = None
        self.failure = ""
        self._tls = tls
        self._socket: socket.socket | None = None

    def async_result(self) -> Reply:
        return Reply(self)

    def select(
        self, rlist: Sequence[Any], wlist: Sequence[Any], xlist: Sequence[Any], timeout: float | None = None
    ) -> Ready:
        """As ``select.select``, for descriptors of any number.

        kazoo waits three times a request, each time on an epoll of its own: a third of what its thread did.
        """
        waiting = select.poll()
        for one in {*rlist, *wlist}:
            waiting.register(one, (one in rlist and select.POLLIN) | (one in wlist and select.POLLOUT))
        found = dict(waiting.poll(None if timeout is None else timeout * 1000))
        # A broken connection is ready for either: whoever reads or writes is told what is wrong.
        broken = select.POLLERR | select.POLLHUP | select.POLLNVAL

        def ready(those: Sequence[Any], event: int) -> list[Any]:
            return [one for one in those if found.get(_number(one), 0) & (event | broken)]

        return ready(rlist, select.POLLIN), ready(wlist, select.POLLOUT), []

    def create_connection(
        self, address: tuple[str, int], hostname: str | None = None, timeout: float | None = None, **_: Any
    ) -> socket.socket:
        within = CONNECT_WITHIN_S if timeout is None else min(timeout, CONNECT_WITHIN_S)
        try:
            made = self._connect(address, hostname, within)
        except OSError as exc:
            self.failure = f"{address[0]}:{address[1]}: {exc}"
            raise
        self._socket = made
        if self.reached_at is None:
            self.reached_at = time.monotonic()
        return made

    def _connect(self, address: tuple[str, int], hostname: str | None, within: float) -> socket.socket:
        plain = socket.create_connection(address, within)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                return plain
            return self._tls.wrap_socket(plain, server_hostname=hostname)
        except BaseException:
            plain.close()
            raise

    def abort(self) -> None:
        """Break the connection, so that the thread that waits for it goes on."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError as exc:
                self.failure = str(exc)


def _number(one: Any) -> int:
    return one if isinstance(one, int) else int(one.fileno())
