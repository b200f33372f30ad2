"""A backup of an installation, made from what its configuration names, while servers run or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.bootstrap.parts import opened_store
from orchestrator.errors import Permanent
from orchestrator.ports import Store
from orchestrator.settings import Settings
from orchestrator.store.archive import KindArchive, read_archive, write_archive
from orchestrator.store.backup import Backup, Manifest, write_backup
from orchestrator.store.backup_parts import SQL_PARTS, dumped, misfit
from orchestrator.store.backup_sqlite import copy_of
from orchestrator.store.backup_tables import where
from orchestrator.store.filling import gather
from orchestrator.store.sqlite import SqliteStore

ASSIGNMENTS = "assignments"
PARTS = (*SQL_PARTS, ASSIGNMENTS)
"""In this order: so history tells of nothing that the assignments do not have."""


async def backed_up(
    settings: Settings,
    file: Path,
    parts: Collection[str],
    *,
    at: float,
    version: str,
    told: Callable[[str], None] = lambda said: None,
    named: bool = False,
) -> Manifest:
    """Write the parts into a file that is not there yet. Each is as it stood at one moment.

    ``at``: wall-clock seconds. ``told``: is given a line for each kind. ``named``: a person named the parts,
    so each must be there. Raises Permanent where there is nothing to back up, Unavailable, ConfigError,
    OSError.
    """
    loop = asyncio.get_running_loop()

    def lines() -> Iterator[tuple[str, Iterable[bytes]]]:
        for name, part in SQL_PARTS.items():
            if name in parts:
                rows = iter(dumped(url_of(settings, name), part))
                if (first := next(rows, None)) is not None:
                    yield name, chain([first], rows)
                elif named:
                    raise Permanent(f"there is no {part.of} to back up at {where(url_of(settings, name))}")
        if ASSIGNMENTS in parts:
            yield (
                ASSIGNMENTS,
                asyncio.run_coroutine_threadsafe(_assignments(settings, file, told), loop).result(),
            )

    return await asyncio.to_thread(lambda: write_backup(file, lines(), at=at, version=version))


async def trail_fault(file: Path) -> str:
    """Why the audit trail in a backup is not whole, a sentence; empty where it is, or is not in it."""
    opened = await asyncio.to_thread(Backup.open, file)
    found = (
        await asyncio.to_thread(misfit, opened.lines("audit")) if "audit" in opened.manifest.parts else None
    )
    return "" if found is None else f"line {found.sequence}: {found.why}"


def url_of(settings: Settings, part: str) -> str:
    """The database of a part."""
    return {
        "audit": settings.audit_url,
        "accounts": settings.access_url,
        "journal": settings.journal_url,
    }[part]


async def _assignments(settings: Settings, file: Path, told: Callable[[str], None]) -> list[bytes]:
    async with _readable(settings, file.parent) as store:
        found = await gather(store, list(await store.kinds()))
    if not found:
        raise Permanent("the store is empty: there is nothing to back up")
    lines = await asyncio.to_thread(lambda: list(write_archive(found)))
    # What a restore would refuse is better known now.
    await asyncio.to_thread(read_archive, lines)
    for kind in found:
        told(_summary(kind))
        if kind.state.kind not in settings.kinds:
            told(f"{kind.state.kind} is not configured here: it is backed up, and restored where it is")
    return lines


def _summary(kind: KindArchive) -> str:
    ids = sum(shard.used + shard.releasing for shard in kind.shards.values())
    return f"{kind.state.kind}  {len(kind.shards):,} shards, {ids:,} ids, commit {kind.state.commit:,}"


@asynccontextmanager
async def _readable(settings: Settings, folder: Path) -> AsyncIterator[Store]:
    """The store to read from. An embedded one belongs to its server, so it is copied into ``folder``."""
    if settings.store.engine != "sqlite":
        async with opened_store(settings) as store:
            yield store
        return
    if not settings.store_path.is_file():
        raise Permanent(f"there is nothing to back up: {settings.store_path} does not exist")
    protocols = {name: kind.protocol for name, kind in settings.kinds.items()}
    with TemporaryDirectory(prefix=".backup-", dir=folder) as scratch:
        path = Path(scratch) / "store.db"
        await asyncio.to_thread(copy_of, settings.store_path, path)
        copied = await SqliteStore.open(path, protocols, lock=False)
        try:
            yield copied
        finally:
            await copied.close()
