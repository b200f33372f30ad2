"""The control groups of one node's pods, below a group of its own."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "shardwright-"


def absent() -> str | None:
    """Why there can be no control groups here; None when there can."""
    hierarchies = list(_hierarchies())
    if not hierarchies:
        return f"nothing is mounted at {ROOT}"
    refused = [str(path) for path in hierarchies if not os.access(path, os.W_OK)]
    return f"{', '.join(refused)} may not be written to" if refused else None


class Cgroups:
    """``name``: of the group, which nobody else has; it names this process."""

    def __init__(self) -> None:
        self.name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"

    def make(self) -> None:
        """Also removes those of processes that ended without removing theirs. Raises OSError."""
        for name in {path.name for each in _hierarchies() for path in each.glob(f"{PREFIX}*-*")}:
            if not Path("/proc", name.removeprefix(PREFIX).partition("-")[0]).exists():
                _remove(name)
        for hierarchy in _hierarchies():
            group = hierarchy / self.name
            group.mkdir(exist_ok=True)
            if (hierarchy / "cgroup.controllers").exists():
                _hand_on(hierarchy)
                _hand_on(group)
            for file in ("cpuset.cpus", "cpuset.mems"):
                # In version 1 a group has none of either until it is told, and takes no process.
                if (group / file).exists() and not (group / file).read_text().strip():
                    (group / file).write_text((hierarchy / file).read_text())

    def processes(self, container: str) -> list[int]:
        """The processes of a container, as this process numbers them; ``container``: its id."""
        found: set[int] = set()
        for file in self._files(f"{container}/cgroup.procs"):
            with suppress(FileNotFoundError, OSError):
                found.update(int(pid) for pid in file.read_text().split())
        return sorted(found - {0})

    def left(self) -> list[str]:
        """The groups that are there, of all hierarchies."""
        return _left(self.name)

    def remove(self, within: float = 10) -> None:
        """Remove the group and all below it. Requires: its processes are ending. Raises RuntimeError."""
        until = time.monotonic() + within
        while self.left():
            _remove(self.name)
            if time.monotonic() > until:
                raise RuntimeError(f"not within {within:g} s: {', '.join(self.left())} can be removed")
            time.sleep(0.02)

    def _files(self, pattern: str) -> Iterator[Path]:
        for hierarchy in _hierarchies():
            yield from (hierarchy / self.name).rglob(pattern)


def _left(name: str) -> list[str]:
    return [str(path) for hierarchy in _hierarchies() if (path := hierarchy / name).exists()]


def _remove(name: str) -> None:
    for top in _left(name):
        for path, _, _ in os.walk(top, topdown=False):
            # What a process is in cannot be removed yet; the caller looks at what is left.
            with suppress(OSError):
                Path(path).rmdir()


def _hierarchies() -> Iterator[Path]:
    if (ROOT / "cgroup.controllers").exists():
        yield ROOT
    elif ROOT.is_dir():
        yield from sorted(path.parent for path in ROOT.glob("*/cgroup.procs"))


def _hand_on(group: Path) -> None:
    for controller in (group / "cgroup.controllers").read_text().split():
        # What cannot be handed on is missed by the kubelet, which says so.
        with suppress(OSError):
            (group / "cgroup.subtree_control").write_text(f"+{controller}")
