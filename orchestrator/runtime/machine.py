"""Which machine this is, in words that tell it from any other and nobody which."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

MACHINE_ID = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
"""Where a system keeps its id. It is not to be shown, so only what follows from it is."""


def local_place(name: str, files: tuple[Path, ...] = MACHINE_ID) -> str:
    """The folder of that name on this machine; a machine without an id is like any other without one."""
    for file in files:
        try:
            found = file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if found:
            return f"{name} on machine {sha256(f'shardwright {found}'.encode()).hexdigest()[:12]}"
    return name
