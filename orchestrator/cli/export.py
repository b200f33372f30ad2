"""``shardwright export``: what the store holds, for another store."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import ConfigOption, configured
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.words import number

if TYPE_CHECKING:
    from orchestrator.settings import Settings

ToOption = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="A file that is not there yet; else printed.")
]
KindOption = Annotated[
    list[str] | None, typer.Option("--kind", metavar="KIND", help="Only this kind; may be repeated.")
]


def export(to: ToOption = None, kind: KindOption = None, config: ConfigOption = None) -> None:
    """Write who owns what, as the configured store holds it. Nothing is changed.

    With ZooKeeper orchestrators may run meanwhile; each kind is read at one moment. The embedded
    store is read while no server runs. What was decided after it is not in it: to move over, stop
    the orchestrators first.
    """
    lines = asyncio.run(_read(configured(config), kind or []))
    if to is None:
        sys.stdout.buffer.write(b"".join(lines))
        sys.stdout.flush()
    else:
        _write(to, lines)


async def _read(settings: Settings, kinds: list[str]) -> list[bytes]:
    from orchestrator.bootstrap.parts import opened_store
    from orchestrator.store.archive import read_archive, write_archive
    from orchestrator.store.filling import gather

    async with opened_store(settings) as store:
        found = await gather(store, kinds or list(await store.kinds()))
    if not found:
        raise Failure(Exit.FAILED, "the store is empty", "there is nothing to export")
    lines = list(write_archive(found))
    # What the import would refuse is better known now.
    read_archive(lines)
    for kind in found:
        ids = sum(shard.used + shard.releasing for shard in kind.shards.values())
        state = kind.state
        tell(f"{state.kind}  {len(kind.shards)} shards, {number(ids)} ids, commit {number(state.commit)}")
    return lines


def _write(path: Path, lines: list[bytes]) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Failure(Exit.FAILED, "the export cannot be written", str(error)) from error
