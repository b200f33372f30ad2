"""``shardwright restore``: an installation put back from a backup."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import ConfigOption, configured
from orchestrator.cli.backup import PartOption
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.taking_over import identity_for, office_of
from orchestrator.cli.words import number

if TYPE_CHECKING:
    from orchestrator.bootstrap.restore import Rescue
    from orchestrator.ports import ErasableStore
    from orchestrator.settings import Settings

SHOWN = 5


class Instances(StrEnum):
    """What is known of the instances of before."""

    NONE = "none"
    KEPT = "kept"
    ENDED = "ended"


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backup wrote.")],
    part: PartOption = None,
    erase: Annotated[
        bool, typer.Option("--replace", help="Instead of what the store and the databases hold now.")
    ] = False,
    instances: Annotated[
        Instances,
        typer.Option(
            "--instances",
            help="none: refuse while one may run; kept: they go on, since nothing has changed after the "
            "backup; ended: you have made sure of their end.",
        ),
    ] = Instances.NONE,
    new_identity: Annotated[
        bool,
        typer.Option("--new-identity", help="A copy beside the original: the store gets an id of its own."),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Put back what a backup holds, into empty places. Stop all orchestrators first.

    The whole file is checked before anything is changed. Cut off, the same command goes on.

    Each resource comes back to its shard. Commits and incarnations go on from the clock, so that none is
    given twice.
    """
    asyncio.run(_restore(configured(config), file, part or [], erase, instances, new_identity))


async def _restore(
    settings: Settings, file: Path, part: Sequence[str], erases: bool, instances: Instances, is_new: bool
) -> None:
    from orchestrator.bootstrap.parts import opened_store
    from orchestrator.bootstrap.restore import noted, put_back, rehearse, rescue_of
    from orchestrator.store.backup_numbers import epoch_after

    began, now = time.monotonic(), time.time()
    try:
        rescue = await asyncio.to_thread(rescue_of, file, tuple(map(str, part)), now=now)
    except OSError as error:
        raise Failure(Exit.FAILED, f"{file} cannot be read", str(error)) from error
    archive = rescue.archive
    identity = "" if archive is None else identity_for(settings, archive, what="backup", is_new=is_new)
    if archive is not None:
        await rehearse(settings, archive)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with opened_store(settings) as store:
        office = ending = await office_of(store, "shardwright restore")
        try:
            await _require_room(settings, rescue, store, erases)
            await _require_quiet(settings, rescue, store, identity, instances)
            await put_back(settings, rescue, store, office, identity, erases=erases, told=tell)
            # The next leader takes the epoch after the one with which this office ends.
            ending = replace(office, epoch=epoch_after(office.epoch, now))
        finally:
            await store.resign(ending)
    await noted(settings, rescue, now)
    if archive is not None:
        tell(f"the store is {identity} now")
    tell(f"restored in {time.monotonic() - began:.1f} s")


async def _require_room(settings: Settings, rescue: Rescue, store: ErasableStore, erases: bool) -> None:
    from orchestrator.bootstrap.restore_room import in_the_way

    if reasons := await in_the_way(settings, rescue, store, erases=erases):
        hint = "choose what to put back with --part, or put it in the place of all that with --replace"
        raise Failure(Exit.REFUSED, "nothing was changed", hint, reasons)


async def _require_quiet(
    settings: Settings, rescue: Rescue, store: ErasableStore, identity: str, instances: Instances
) -> None:
    """An instance that serves what another is given next would serve it beside that one."""
    from orchestrator.bootstrap.restore_room import running, strangers
    from orchestrator.errors import ConfigError, Permanent, Unavailable

    if rescue.archive is None or instances is Instances.ENDED:
        return
    try:
        seen = await running(settings, rescue.archive, store, identity)
    except (ConfigError, Permanent, Unavailable) as error:
        hint = "make sure that none runs any more, and say so with --instances ended"
        raise Failure(Exit.UNAVAILABLE, "it is not known which instances run", str(error), [hint]) from error
    if instances is Instances.KEPT:
        if found := list(strangers(rescue.archive, seen)):
            title = f"{number(len(found))} instances are not those of the backup: end them first"
            raise Failure(Exit.REFUSED, title, "nothing was changed", found[:SHOWN])
    elif seen:
        title = f"{number(len(seen))} instances may still run, and may have been given other resources since"
        reasons = [
            f"{one.kind}/{one.shard} incarnation {one.incarnation} ({one.uid})" for one in seen[:SHOWN]
        ]
        hint = "end them first; or, where nothing has changed since the backup, go on with --instances kept"
        raise Failure(Exit.REFUSED, title, hint, reasons)
