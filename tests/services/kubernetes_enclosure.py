"""A room for programs that start others and mount things: with its first process, all of it is gone.

Containers outlive the program that started them, and mounts outlive everything. In a process and a mount
namespace of their own they do not: the kernel ends and unmounts what is left, even when the tests are killed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.services.program import Program

TUNABLES = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
"""What the kubelet sets in the kernel; in here it writes them into ordinary files."""

INIT = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    signal.pause()
"""
"""Process 1: waits, and leaves no zombies of those that are given to it."""


@cache
def absent() -> str | None:
    """Why there can be no such room here; None when there can."""
    if os.geteuid() != 0:
        return "only root may make process and mount namespaces"
    lacking = [name for name in ("unshare", "nsenter", "mount") if shutil.which(name) is None]
    return (
        f"there is no {', '.join(lacking)} on the PATH (Debian: apt-get install util-linux)"
        if lacking
        else None
    )


EMPTY = ("/run", "/var/lib/cni", "/var/lib/kubelet")
"""Folders in which programs keep what no option moves; in here each is empty, and gone in the end."""


class Enclosure:
    """Network and files are the machine's, save for ``EMPTY``, and ``/var/log`` is ``folder/log``."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self._ready = folder / "first.pid"
        self._folder = folder
        self._program = Program(
            ["unshare", "--fork", "--pid", "--mount", "--kill-child", "sh", "-euc", self._script()], folder
        )

    def start(self) -> None:
        """Raises RuntimeError when the room cannot be made."""
        self.log.mkdir(parents=True, exist_ok=True)
        for name in _tunables():
            copy = self._folder / "tunables" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(Path("/proc/sys", name).read_text())
        self._ready.unlink(missing_ok=True)
        self._program.start()
        self._program.wait_ready(self._ready.exists, 10, "there is a room for containers", every=0.02)

    def entering(self, argv: Sequence[str]) -> list[str]:
        """The command that runs this one in the room. Requires: it was started."""
        return ["nsenter", f"--target={self._ready.read_text().strip()}", "--pid", "--mount", "--", *argv]

    def run(self, *argv: str) -> str:
        """Run to the end and return what was printed. Raises RuntimeError when it fails."""
        done = subprocess.run(self.entering(argv), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def stop(self) -> None:
        """End everything in it at once."""
        self._program.kill()

    def _script(self) -> str:
        quoted = shlex.quote
        copies = self._folder / "tunables"
        lines = [
            # Still the machine's /proc, in which this process has the number that others see.
            "read -r pid rest < /proc/self/stat",
            "mount -t proc proc /proc",
            *(f"mkdir -p {path}; mount -t tmpfs -o mode=755 tmpfs {path}" for path in EMPTY),
            f"mount --bind {quoted(str(self.log))} /var/log",
            *(f"mount --bind {quoted(str(copies / name))} /proc/sys/{name}" for name in _tunables()),
            f'echo "$pid" > {quoted(str(self._ready))}.new',
            f"mv {quoted(str(self._ready))}.new {quoted(str(self._ready))}",
            f"exec {quoted(sys.executable)} -c {quoted(INIT)}",
        ]
        return "\n".join(lines)


def _tunables() -> list[str]:
    return [name for name in TUNABLES if Path("/proc/sys", name).exists()]
