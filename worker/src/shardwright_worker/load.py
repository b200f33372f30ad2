"""What a beat says of the load of this process: what the application reports, and what it uses itself."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_log = logging.getLogger("shardwright_worker")

Report = Callable[[], Mapping[str, float]]

MOST = 28
"""Names in a report: with those of our own they fit a beat."""

_LONGEST_NAME = 64
_HIGHEST = 2**63 - 1
_LEAST_S = 1.0
_STATM = Path("/proc/self/statm")


class Load:
    """``report``: names and numbers of the application, asked for each beat, so it has to be quick.

    ``cpu`` (thousandths of a core) and ``memory`` (bytes) are measured here unless the report names them.
    What is no finite number of at least 0 is left out, and a report that raises is: a wrong figure must not
    cost a beat. Any thread.
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._said = ""
        self._since = time.monotonic()
        self._spent = time.process_time()
        self._cpu: int | None = None

    def read(self) -> tuple[tuple[str, int], ...]:
        """The load now, whole numbers by name."""
        with self._lock:
            return tuple({**self._own(), **self._reported()}.items())

    def _own(self) -> dict[str, int]:
        now, spent = time.monotonic(), time.process_time()
        if now - self._since >= _LEAST_S:
            self._cpu = round(1000 * (spent - self._spent) / (now - self._since))
            self._since, self._spent = now, spent
        own = {} if self._cpu is None else {"cpu": self._cpu}
        try:
            own["memory"] = int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return own
        return own

    def _reported(self) -> dict[str, int]:
        if self._report is None:
            return {}
        try:
            said = dict(self._report())
        except Exception as failed:  # noqa: BLE001
            self._complain(f"the report of the load raised {failed!r}")
            return {}
        good = {name: value for name, value in said.items() if _is_name(name) and _is_possible(value)}
        if len(good) < len(said) or len(good) > MOST:
            self._complain(f"not all of the load is reported: {said!r:.300}")
        return {name: round(value) for name, value in list(good.items())[:MOST]}

    def _complain(self, what: str) -> None:
        """Once for as long as it stays the same: beats are many."""
        if what != self._said:
            self._said = what
            _log.warning("%s", what)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= _LONGEST_NAME and name.isprintable()


def _is_possible(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _HIGHEST
