"""What kafka-python says only in its log: why a connection failed.

Its exceptions say no more than that there was none in time.
"""

from __future__ import annotations

import logging
import time

_ROOT = logging.getLogger("kafka")
_KEPT_S = 60.0
_NOISE = ("socket disconnected", "not ready", "Unable to bootstrap", "Client Closed", "Cancelled")


class Complaints(logging.Handler):
    """Hears what the clients of one name log from their own threads; ``last`` is the latest that tells why.

    While somebody listens, kafka-python's log goes nowhere else: it repeats a failure many times a second.
    """

    def __init__(self, client_id: str) -> None:
        super().__init__(logging.WARNING)
        self._thread = f"kafka-io-{client_id}"
        self._text = ""
        self._at = 0.0
        _ROOT.addHandler(self)
        _ROOT.propagate = False

    @property
    def last(self) -> str:
        """Why a connection failed lately; empty when none has."""
        return self._text if time.monotonic() - self._at < _KEPT_S else ""

    def forget(self) -> None:
        self._text = ""

    def emit(self, record: logging.LogRecord) -> None:
        if not (record.threadName or "").startswith(self._thread):
            return
        arguments = record.args if isinstance(record.args, tuple) else ()
        for one in arguments:
            if isinstance(one, Exception):
                self._hear(plain(one))

    def close(self) -> None:
        _ROOT.removeHandler(self)
        super().close()

    def _hear(self, text: str) -> None:
        # After a refusal the broker hangs up on the next attempts: that is no better reason.
        if not self.last or not any(noise in text for noise in _NOISE):
            self._text, self._at = text, time.monotonic()


def plain(error: Exception) -> str:
    """An error of the library without its number and its class said twice."""
    name = type(error).__name__
    text = str(error).partition("] ")[2] if str(error).startswith("[Error ") else str(error)
    while text.startswith(f"{name}: "):
        text = text.removeprefix(f"{name}: ")
    return text or name
