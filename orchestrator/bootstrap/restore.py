"""An installation put back from a backup: into empty places, or instead of what is there."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.bootstrap.backup import ASSIGNMENTS, url_of
from orchestrator.bootstrap.noting import note
from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.core.model import Protocol
from orchestrator.errors import Permanent
from orchestrator.ports import ErasableStore, Office
from orchestrator.settings import Settings
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.archive import Archive, read_archive
from orchestrator.store.audit import SqlAuditTrail
from orchestrator.store.backup import Backup
from orchestrator.store.backup_numbers import renumbered
from orchestrator.store.backup_parts import SQL_PARTS, Room, misfit, room
from orchestrator.store.backup_tables import load, rows_of
from orchestrator.store.filling import begin, fill, foreign
from orchestrator.store.journal import SqlJournal
from orchestrator.store.layout import ROOT
from orchestrator.store.memory import MemoryDocuments, MemoryStore

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """What of a backup is to be put back, read and found fit. Made by ``rescue_of``."""

    backup: Backup
    parts: tuple[str, ...]
    archive: Archive | None

    @property
    def sql(self) -> tuple[str, ...]:
        return tuple(name for name in self.parts if name != ASSIGNMENTS)


def rescue_of(file: Path, parts: tuple[str, ...], *, now: float) -> Rescue:
    """``parts``: none for all that are in the file. ``now``: wall-clock seconds. Blocks; nothing is changed.

    Raises Permanent for what is no backup, or cannot be put back by this version; OSError.
    """
    backup = Backup.open(file)
    has = backup.manifest.parts
    if lacking := [name for name in parts if name not in has]:
        raise Permanent(f"{file} holds no {lacking[0]}; it holds {', '.join(has)}")
    if now < backup.manifest.at:
        raise Permanent(
            "the clock of this machine is behind the time at which the backup was made: set it first, since"
            " numbers that must never be given twice are counted on from it"
        )
    wanted = parts or tuple(has)
    archive = renumbered(read_archive(backup.lines(ASSIGNMENTS)), now) if ASSIGNMENTS in wanted else None
    for name in wanted:
        if name == "audit" and (found := misfit(backup.lines(name))):
            raise Permanent(
                f"the audit trail in {file} does not fit at line {found.sequence} ({found.why});"
                " choose the other parts with --part"
            )
        if name in SQL_PARTS:
            # To know all of them readable before anything is changed.
            for _row in rows_of(backup.lines(name), SQL_PARTS[name].tables):
                pass
    return Rescue(backup=backup, parts=wanted, archive=archive)


async def rehearse(settings: Settings, archive: Archive) -> None:
    """Write it into memory, as ``put_back`` will write it into the store. Nothing is changed.

    Raises Permanent for a kind that is not configured, TooLarge for a shard that its documents cannot hold.
    """
    is_embedded = settings.store.engine == "sqlite"
    documents = MemoryDocuments(ROOT if is_embedded else settings.store.zookeeper.root)
    protocols = _protocols(settings)
    store = MemoryStore(documents, protocols)
    office = await store.campaign("rehearsal", "")
    assert isinstance(office, Office), "nobody else knows these documents"
    await fill(store, office, archive, protocols, "rehearsal")


async def put_back(
    settings: Settings,
    rescue: Rescue,
    store: ErasableStore,
    office: Office,
    identity: str,
    *,
    erases: bool,
    told: Told,
) -> None:
    """Write the parts. Cut off, the same call goes on.

    Requires: nothing is ``in_the_way``, and ``rehearse`` raised nothing. Raises Unavailable (again),
    Permanent.
    """
    for name in rescue.sql:
        told(await _put_rows(settings, rescue.backup, name))
    archive = rescue.archive
    if archive is None:
        return
    protocols = _protocols(settings)
    if erases:
        await _replace(store, office, archive, protocols, identity)
    await fill(store, office, archive, protocols, identity, progress=told)


async def _replace(
    store: ErasableStore, office: Office, archive: Archive, protocols: Mapping[str, Protocol], identity: str
) -> None:
    """At no moment does the store look as if it had no kind, or one that may be begun anew."""
    replaced = await foreign(store, archive)
    for kind in replaced:
        await store.disown(kind, office)
    for kind in replaced:
        await store.erase(kind, office, state=False)
    await begin(store, office, archive, protocols, identity, replaces=True)
    for kind in replaced:
        if kind not in archive.kinds:
            await store.erase(kind, office)


async def noted(settings: Settings, rescue: Rescue, now: float) -> None:
    """Have it in the audit trail."""
    line = AuditLine(
        at=now,
        actor=_user(),
        source="restore",
        method="",
        route="shardwright restore",
        target=rescue.backup.path.name,
        after={"madeAt": rescue.backup.manifest.at, "parts": list(rescue.parts)},
        outcome=Outcome.DONE,
    )
    await note(settings, line, "a backup was restored, which the audit trail does not have")


async def _put_rows(settings: Settings, backup: Backup, name: str) -> str:
    part, url = SQL_PARTS[name], url_of(settings, name)
    if await asyncio.to_thread(room, url, part, backup.lines(name)) is Room.SAME:
        return f"{part.of}  stands there already"
    tables = await _OPENED[name](url)
    await tables.close()
    await asyncio.to_thread(
        lambda: load(url, part.tables, backup.lines(name), part.of, emptied=part.emptied, raised=part.raised)
    )
    return f"{part.of}  {backup.manifest.parts[name] - len(part.tables):,} rows"


def _protocols(settings: Settings) -> dict[str, Protocol]:
    return {name: kind.protocol for name, kind in settings.kinds.items()}


def _user() -> str:
    """Who calls, as this machine knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


_OPENED: dict[str, Callable[[str], Awaitable[Any]]] = {
    "audit": SqlAuditTrail.open,
    "accounts": SqlAccounts.open,
    "journal": SqlJournal.open,
}
"""What makes the tables of a part where they are not there."""
