"""Waits for the first byte of an answer, or for news that makes it not worth waiting for."""

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from io import BufferedReader
from typing import NamedTuple

from .doorbell import Doorbell


class Abandoned(Exception):
    """There is something newer to say than the exchange under way said."""


class Patience(NamedTuple):
    """How long to wait: ``timeout`` seconds, or ``stale`` seconds after a ring at which ``is_stale()``."""

    timeout: float
    stale: float
    is_stale: Callable[[], bool]


def await_answer(sock: socket.socket, answer: BufferedReader, doorbell: Doorbell, patience: Patience) -> None:
    """Return when the answer, or the end of the connection, has come. Raises Abandoned, TimeoutError."""
    deadline = time.monotonic() + patience.timeout
    abandon_at: float | None = None
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        selector.register(doorbell, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if abandon_at is not None and now >= abandon_at:
                raise Abandoned
            if now >= deadline:
                raise TimeoutError("no answer in time")
            until = deadline if abandon_at is None else min(abandon_at, deadline)
            ready = {key.fileobj for key, _ in selector.select(until - now)}
            if sock in ready and _has_begun(sock, answer):
                return
            if doorbell in ready:
                doorbell.silence()
                if abandon_at is None and patience.is_stale():
                    # Other news may come along: one beat shall say them all.
                    abandon_at = time.monotonic() + patience.stale


def _has_begun(sock: socket.socket, answer: BufferedReader) -> bool:
    if not isinstance(sock, ssl.SSLSocket):
        return True
    # A readable TLS socket may hold session tickets only, and reading would then block past every ring.
    sock.settimeout(0)
    try:
        answer.peek(1)
    except ssl.SSLWantReadError:
        return False
    return True
