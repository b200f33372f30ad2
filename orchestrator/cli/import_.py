"""``shardwright import``: an empty store filled with what another one held."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import ConfigOption, configured
from orchestrator.cli.failure import Exit, Failure, tell
from orchestrator.cli.taking_over import identity_for, office_of

if TYPE_CHECKING:
    from orchestrator.settings import Settings

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="What export wrote.")]
NewIdentityOption = Annotated[
    bool, typer.Option("--new-identity", help="A copy beside the original: the store gets an id of its own.")
]


def import_(file: FileArgument, config: ConfigOption = None, new_identity: NewIdentityOption = False) -> None:
    """Fill the configured store from an export.

    The store must be empty, and no orchestrator may run on it.

    Ids, generations, incarnations, revisions and limits stay as they were, so that the next
    orchestrator goes on without moving anything. Cut off, the same command goes on where it stopped.
    """
    asyncio.run(_import(configured(config), file, new_identity))


async def _import(settings: Settings, file: Path, new_identity: bool) -> None:
    from orchestrator.bootstrap.parts import opened_store
    from orchestrator.store.archive import read_archive
    from orchestrator.store.filling import fill

    try:
        with file.open("rb") as lines:
            archive = read_archive(lines)
    except OSError as error:
        raise Failure(Exit.FAILED, f"{file} cannot be read", str(error)) from error
    identity = identity_for(settings, archive, what="export", is_new=new_identity)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    protocols = {name: kind.protocol for name, kind in settings.kinds.items()}
    async with opened_store(settings) as store:
        office = await office_of(store, "shardwright import")
        try:
            identity = await fill(store, office, archive, protocols, identity, progress=tell)
        finally:
            await store.resign(office)
    tell(f"the store is {identity} now")
