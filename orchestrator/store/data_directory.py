"""The directory of an embedded store: local, writable, and used by one server at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from orchestrator.errors import Permanent

LOCK_NAME = "store.lock"
MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "glusterfs", "fuse.glusterfs", "fuse.sshfs"}
)


class DirectoryLock:
    """Held by the server that has the directory open; the kernel frees it when that process ends."""

    def __init__(self, directory: Path) -> None:
        """Take the lock. Raises Permanent, which names the directory and who holds it."""
        path = directory / LOCK_NAME
        try:
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise Permanent(f"the data directory {directory} cannot be written: {exc.strerror}") from exc
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            self.release()
            raise Permanent(
                f"the data directory {directory} is in use by another server (process {holder})"
            ) from exc
        except OSError as exc:
            self.release()
            raise Permanent(f"the data directory {directory} cannot be locked: {exc.strerror}") from exc
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def require_local(directory: Path, mounts: Path = MOUNTS) -> None:
    """Raise Permanent for a directory that is missing or on a network file system.

    Locks and shared memory of SQLite are not to be trusted there: two servers could both write.
    """
    if not directory.is_dir():
        raise Permanent(f"the data directory {directory} does not exist")
    kind = _file_system(directory.resolve(), mounts)
    if kind in NETWORK:
        raise Permanent(
            f"the data directory {directory} is on a network file system ({kind}); use a local disk"
        )


def _file_system(directory: Path, mounts: Path) -> str | None:
    """The type of the file system that holds the directory; None where the system does not tell."""
    if not mounts.is_file():
        return None
    best, found = -1, None
    for line in mounts.read_text(errors="replace").splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        # Of two mounts on one point the later hides the earlier.
        if directory.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), fields[2]
    return found
