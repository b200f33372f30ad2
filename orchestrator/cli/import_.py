"""``shardwright import``: an empty store filled with what another one held."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.address import ConfigOption, configured
from orchestrator.cli.failure import Exit, Failure, tell

if TYPE_CHECKING:
    from orchestrator.ports import Office, Store
    from orchestrator.settings import Settings
    from orchestrator.store.archive import Archive

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
    identity = _identity(settings, archive, new_identity)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    protocols = {name: kind.protocol for name, kind in settings.kinds.items()}
    async with opened_store(settings) as store:
        office = await _office(store)
        try:
            identity = await fill(store, office, archive, protocols, identity, progress=tell)
        finally:
            await store.resign(office)
    tell(f"the store is {identity} now")


async def _office(store: Store) -> Office:
    """While it is held no orchestrator can lead."""
    from orchestrator.ports import Held

    answer = await store.campaign("shardwright import", "")
    if isinstance(answer, Held):
        who = f"{answer.holder} ({answer.url})" if answer.holder else "an orchestrator that stands for it"
        raise Failure(Exit.REFUSED, "the store is in use", f"its office is held by {who}: stop it first")
    return answer


def _identity(settings: Settings, archive: Archive, new: bool) -> str:
    """The id that orchestrators of this installation accept."""
    from orchestrator.bootstrap.identity import RememberedStore

    remembered = RememberedStore(settings.data_dir, settings.store.id)
    known = remembered.known
    if new:
        return known or secrets.token_hex(8)
    if known and archive.store_id and known != archive.store_id:
        raise Failure(
            Exit.REFUSED,
            "the export is of another installation",
            f"it was store {archive.store_id}, {remembered.source} says {known}",
            [
                f"to take the other's place: remove {remembered.name} first",
                "for a copy beside it: --new-identity",
            ],
        )
    # Of the content, where nobody has given one: the same import goes on with the same id.
    return archive.store_id or known or archive.digest[:16]
