"""The disk of a member of the store is full."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos.scenario import Scenario
from tests.chaos.sight import Sight
from tests.product.processes import until

SIZE = "48m"
WHERE = "version-2"
"""The folder of a member's transaction log, below its data."""


def absent() -> str | None:
    """Why no disk can be filled here; None when one can."""
    if os.geteuid() != 0:
        return "only root may mount a small disk"
    return None if shutil.which("unshare") else "there is no unshare on the PATH"


def disk_full(sight: Sight) -> str:
    """On a disk of its own, in a mount namespace of its own: nothing else becomes full."""
    if (reason := absent()) is not None:
        return f"left out: {reason}"
    world, before = sight.world, sight.incarnations()
    number = world.chance.randrange(3)
    member, folder = world.zookeeper.servers[number], world.store_folders[number]
    program = member._program
    member.kill()
    plain = list(program.argv)
    mount = f'mount -t tmpfs -o size={SIZE} tmpfs {shlex.quote(str(folder / WHERE))}; exec "$@"'
    program.argv = ["unshare", "--mount", "sh", "-ec", mount, "member", *plain]
    try:
        member.start(wait=False)
        member.wait_ready(60)
        role = member.mode()
        _fill(Path("/proc", str(_pid(program)), "root", *(folder / WHERE).parts[1:]))
        began = time.monotonic()
        names = _until_it_is_out(sight, member)
        took = time.monotonic() - began
        until(lambda: not sight.wrong(), 40.0, what="all is served without it", every=0.4)
    finally:
        member.kill()
        program.argv = plain
        member.start(wait=False)
        member.wait_ready(60)
    assert sight.incarnations() == before, "an instance was replaced"
    return f"the member ({role}) served no more after {took:.1f} s; {len(names)} ids added, all served"


def _until_it_is_out(sight: Sight, member: Any) -> list[str]:
    """It serves no more, whether its process ends or tries again and again."""
    names: list[str] = []

    def out() -> bool:
        names.extend(sight.world.catalog.add("Thing", 20))
        return not member.mode()

    until(out, 60.0, what="it cannot write its log any more", every=0.2)
    return names


def _fill(disk: Path) -> None:
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))


def _pid(program: Any) -> int:
    # unshare and the shell become the server.
    pid: int = program._process.pid
    return pid


DISK_FULL = Scenario(
    name="store-disk-full",
    did=f"the disk of one member of three ({SIZE}) is filled up while ids are added",
    run=disk_full,
    unserved_s=30.0,
)
