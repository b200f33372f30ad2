"""Wakes a thread that waits for a socket."""

import selectors
import socket


class Doorbell:
    """``ring`` from any thread or signal handler; a selector on ``fileno`` then wakes, until ``silence``."""

    def __init__(self) -> None:
        # A socket pair and not a pipe: selectors take it on every platform.
        self._ear, self._button = socket.socketpair()
        self._ear.setblocking(False)
        self._button.setblocking(False)

    def fileno(self) -> int:
        """For a selector: readable while rung."""
        return self._ear.fileno()

    def ring(self) -> None:
        """Wake whoever waits; ringing twice is ringing once."""
        try:
            self._button.send(b"!")
        except BlockingIOError:
            # Full of earlier rings: it is rung.
            return

    def silence(self) -> None:
        """Forget the rings so far. Look at what they announced afterwards, never before."""
        try:
            while self._ear.recv(4096):
                pass
        except BlockingIOError:
            return

    def wait(self) -> None:
        """Block until rung."""
        # Not select.select, which cannot take descriptors above 1023.
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.select()

    def __del__(self) -> None:
        # No explicit end: whoever may still ring keeps it alive by holding it.
        self._ear.close()
        self._button.close()
