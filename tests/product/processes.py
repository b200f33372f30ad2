"""What the kernel knows of the processes that belong to one data directory."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def inside(folder: Path) -> list[int]:
    """Processes that work in a folder below this one: the instances of the server that writes there."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(folder) and not _is_dead(entry):
                found.append(int(entry.name))
    return sorted(found)


def runs(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return not _is_dead(Path(f"/proc/{pid}"))
    except OSError:
        return False


def end(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def until(found: Callable[[], T], within: float, *, what: str, every: float = 0.05) -> T:
    """The first true answer; fails with ``what`` and the last answer when there is none in time."""
    limit = time.monotonic() + within
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > limit:
            raise AssertionError(f"not within {within:g} s: {what}; last seen: {answer!r}")
        time.sleep(every)


def _is_dead(entry: Path) -> bool:
    # after the name, which may hold blanks and brackets, comes the state
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
