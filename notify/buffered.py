"""A socket for paho that asks the system once for many small reads, and once for many small writes.

paho reads each packet in three pieces and writes each acknowledgement by itself. Each of these calls gives
the interpreter's lock away, and then waits until the other threads leave it again.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final

from notify.packets import Run, publications

AT_ONCE: Final = 65_536
"""Bytes asked for at once. TLS gives one record, which is one packet with many brokers: it is asked again."""

_LATER: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """As much of a socket as paho uses, around a connected one, plain or TLS. For one thread.

    What was sent waits for ``flush`` or ``close``. Failures of either way are raised by ``recv`` when
    all that had come was read; until then ``pending`` says that there is something.
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._is_tls = isinstance(link, ssl.SSLSocket)
        self._read = b""
        self._at = 0
        self._out = bytearray()
        self._ended = False
        self._failure: OSError | None = None

    @property
    def unsent(self) -> int:
        """Bytes that the system has not taken yet."""
        return len(self._out)

    @property
    def buffered(self) -> int:
        """Bytes that were read from the system and not from here."""
        return len(self._read) - self._at

    def pending(self) -> int:
        """Bytes that can be had without waiting, beyond what select tells; 1 for an end or a failure."""
        if self.buffered:
            return self.buffered
        if self._ended or self._failure is not None:
            return 1
        return self._link.pending() if isinstance(self._link, ssl.SSLSocket) else 0

    def fill(self) -> None:
        """Ask the system for more when all was read. Raises nothing: ``recv`` says what happened."""
        if self.buffered or self._ended or self._failure is not None:
            return
        pieces: list[bytes] = []
        size = 0
        try:
            while not self._ended and size < AT_ONCE:
                pieces.append(self._link.recv(AT_ONCE))
                size += len(pieces[-1])
                self._ended = not pieces[-1]
                if not self._is_tls:
                    break
        except _LATER:
            pass
        except OSError as exc:
            self._failure = exc
        self._read, self._at = b"".join(pieces), 0

    def recv(self, most: int) -> bytes:
        """At least one byte, none at the end of the stream. Raises what the socket raises."""
        self.fill()
        if not self.buffered:
            if self._failure is not None:
                raise self._failure
            if not self._ended:
                raise BlockingIOError
        start = self._at
        self._at = end = min(start + most, len(self._read))
        return self._read[start:end]

    def take(self, topic: bytes) -> Run:
        """The packets that come next and publish to the topic, as far as they are whole here."""
        run = publications(self._read, self._at, topic)
        self._at = run.end
        return run

    def send(self, data: bytes | bytearray) -> int:
        self._out += data
        return len(data)

    def flush(self) -> None:
        """Give the system what it takes of what is unsent. Raises nothing: ``recv`` says what happened."""
        try:
            while self._out:
                del self._out[: self._link.send(self._out)]
        except _LATER:
            return
        except OSError as exc:
            self._failure = exc
            self._out.clear()

    def setblocking(self, flag: bool) -> None:
        self._link.setblocking(flag)

    def fileno(self) -> int:
        return self._link.fileno()

    def close(self) -> None:
        """Give the system what it still takes, and close; harmless when repeated."""
        if self._link.fileno() != -1:
            self.flush()
        self._link.close()
