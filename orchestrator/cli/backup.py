"""``shardwright backup``: all that an installation knows, in one file."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.address import ConfigOption, configured
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.version import installed_version


class Part(StrEnum):
    """What a backup is made of."""

    ASSIGNMENTS = "assignments"
    ACCOUNTS = "accounts"
    AUDIT = "audit"
    JOURNAL = "journal"


PartOption = Annotated[
    list[Part] | None,
    typer.Option("--part", metavar="PART", help="Only assignments, accounts, audit or journal; repeatable."),
]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    part: PartOption = None,
    config: ConfigOption = None,
) -> None:
    """Write who owns what, accounts, audit trail and history into one file. Nothing is changed.

    Servers may run meanwhile: each kind, and each database, is read at one moment.

    The file holds hashes of passwords and pod templates, and no keys: it is for its owner's eyes only.
    """
    from orchestrator.bootstrap.backup import PARTS, backed_up, trail_fault

    settings, began = configured(config), time.monotonic()
    wanted = [str(one) for one in part] if part else PARTS
    if not file.parent.is_dir():
        raise Failure(Exit.FAILED, "the backup cannot be written", f"{file.parent} is no folder")
    if file.exists():
        raise Failure(Exit.FAILED, "the backup cannot be written", f"{file} is there already")
    try:
        made = asyncio.run(
            backed_up(
                settings,
                file,
                wanted,
                at=time.time(),
                version=installed_version(),
                told=tell,
                named=bool(part),
            )
        )
        fault = asyncio.run(trail_fault(file))
    except OSError as error:
        raise Failure(Exit.FAILED, "the backup cannot be written", str(error)) from error
    for name, lines in made.parts.items():
        tell(f"{name}  {lines:,} lines")
    for name in [name for name in wanted if name not in made.parts]:
        tell(f"{name}: there is none")
    tell(f"{file}  {file.stat().st_size:,} bytes in {time.monotonic() - began:.1f} s")
    if fault:
        raise Failure(
            Exit.FAILED,
            "the backup is written, and its audit trail does not fit",
            fault,
            ["see: audit verify"],
        )
