"""What the operating system knows of processes, and signals to exactly the one that was meant."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """``created`` differs between two processes that had the same number one after the other."""

    pid: int
    created: str
    is_zombie: bool


def look_up(pid: int) -> Process | None:
    """The process that has this number now, None when there is none."""
    if not PROC.joinpath("self/stat").exists():
        return _look_up_elsewhere(pid)
    try:
        line = PROC.joinpath(str(pid), "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = line.rpartition(")")[2].split()
    # Ticks since boot, not psutil's create time, which moves when the machine's clock is set.
    return Process(pid, f"{_boot()}:{fields[19]}", fields[0] in "ZX")


def _look_up_elsewhere(pid: int) -> Process | None:
    try:
        found = psutil.Process(pid)
        return Process(pid, f"{found.create_time():.2f}", found.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return None


@cache
def _boot() -> str:
    return PROC.joinpath("sys/kernel/random/boot_id").read_text().strip()[:8]


def runs(pid: int, created: str) -> bool:
    """Whether this very process still executes."""
    found = look_up(pid)
    return found is not None and found.created == created and not found.is_zombie


def reap(pid: int, created: str) -> int | None:
    """The exit status (negative: the signal) of a child of ours that has ended; None when it is not one."""
    found = look_up(pid)
    if found is None or found.created != created or not found.is_zombie:
        return None
    try:
        reaped, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if reaped == pid else None


def variable_of(pid: int, name: str) -> str | None:
    """A variable of the environment that the process was started with; None too when that may not be read."""
    try:
        return psutil.Process(pid).environ().get(name)
    except (psutil.Error, OSError):
        return None


def with_variable(name: str, wanted: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Every process, itself excepted, that was started with such a variable. Reads all of them: rarely."""
    for pid in psutil.pids():
        value = None if pid == os.getpid() else variable_of(pid, name)
        if value is not None and wanted(value):
            yield pid, value


def session(leader: int) -> list[int]:
    """Who executes in the session that ``leader`` began, without the leader."""
    found = []
    for pid in psutil.pids():
        try:
            belongs = pid != leader and os.getsid(pid) == leader
        except (ProcessLookupError, PermissionError):
            continue
        if belongs and (process := look_up(pid)) is not None and not process.is_zombie:
            found.append(pid)
    return found


def openers(path: Path) -> list[int]:
    """Who, but us, has the file open; only those that we may look into, and only where there is a /proc."""
    try:
        wanted = path.stat()
    except FileNotFoundError:
        return []
    return [pid for pid in psutil.pids() if pid != os.getpid() and _has_open(pid, wanted)]


def _has_open(pid: int, wanted: os.stat_result) -> bool:
    try:
        descriptors = list(PROC.joinpath(str(pid), "fd").iterdir())
    except OSError:
        return False
    for descriptor in descriptors:
        try:
            there = descriptor.stat()
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == (wanted.st_dev, wanted.st_ino):
            return True
    return False


def send(
    pid: int, created: str, number: signal.Signals, *, ours: Callable[[], bool], group: bool = False
) -> bool:
    """Signal this very process (``group``: all of the group that it leads), if ``ours`` still says so.

    Returns whether it was sent. Raises PermissionError.
    """
    handle = _handle(pid)
    try:
        # Judged after the handle was opened, so that both speak of the same process.
        if not runs(pid, created) or not ours():
            return False
        if group:
            os.killpg(pid, number)
        elif handle is not None:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


def _handle(pid: int) -> int | None:
    """What names a process for good, where the system has it (Linux 5.3)."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None
