"""What stands in the way of a restore: what the places hold already, and instances that still run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from orchestrator.bootstrap.backup import url_of
from orchestrator.bootstrap.parts import runtime
from orchestrator.bootstrap.restore import Rescue
from orchestrator.core.model import Instance
from orchestrator.ports import ErasableStore, InstanceSeen, Phase
from orchestrator.settings import Settings
from orchestrator.store.archive import Archive
from orchestrator.store.backup_parts import SQL_PARTS, Room, room
from orchestrator.store.filling import foreign


async def in_the_way(settings: Settings, rescue: Rescue, store: ErasableStore, *, erases: bool) -> list[str]:
    """What the places hold, a sentence each. ``erases``: whether a person lets go of what is there.

    Raises Unavailable, Permanent.
    """
    found = []
    if rescue.archive is not None and not erases:
        found += [f"the store holds {kind} already" for kind in await foreign(store, rescue.archive)]
    for name in rescue.sql:
        part = SQL_PARTS[name]
        there = await asyncio.to_thread(room, url_of(settings, name), part, rescue.backup.lines(name))
        if there is Room.TAKEN and name == "audit":
            found.append(
                "the audit trail there is another one, and is never replaced: name an empty database"
            )
        elif there is Room.TAKEN and not erases:
            found.append(f"the {part.of} there holds something else")
    return found


async def running(
    settings: Settings, archive: Archive, store: ErasableStore, identity: str
) -> list[InstanceSeen]:
    """The instances that may still run, also of kinds younger than the backup: they would begin anew.

    Raises Unavailable where that cannot be known, Permanent.
    """
    found: list[InstanceSeen] = []
    kinds = {*settings.kinds, *archive.kinds, *await store.kinds()}
    async with runtime(settings, identity) as opened:
        for kind in sorted(kinds):
            found += [seen for seen in await opened.observe(kind) if seen.phase is not Phase.ENDED]
    return found


def strangers(archive: Archive, seen: Sequence[InstanceSeen]) -> Iterator[str]:
    """Which of these the backup does not know: nor does it know what became of their resources."""
    for one in seen:
        kind = archive.kinds.get(one.kind)
        shard = None if kind is None else kind.shards.get(one.shard)
        knows = "no such shard" if shard is None else f"incarnation {shard.incarnation}"
        knows = "no such kind" if kind is None else knows
        if shard is None or shard.instance is Instance.NONE or shard.incarnation != one.incarnation:
            yield f"{one.kind}/{one.shard} runs incarnation {one.incarnation}, the backup knows {knows}"
