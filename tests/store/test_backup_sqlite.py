"""An embedded store is copied while its server writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from orchestrator.core.model import Chunk, Shard
from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.backup_sqlite import copy_of
from orchestrator.store.sqlite import SqliteStore
from tests.contract.arena import PROTOCOLS
from tests.contract.changes import changed, lead, put, step, there, with_ids

IDS = tuple(f"id-{n}" for n in range(50))


async def test_each_copy_is_of_one_moment_while_ids_come_and_go(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.db", PROTOCOLS)
    office = await lead(store)
    shards = [Shard(number=n, capacity=(99,), chunks=(Chunk(ids=IDS if n == 0 else ()),)) for n in (0, 1)]
    loaded = await put(store, office, step(None, *(changed(None, shard) for shard in shards)))
    copies, is_over = 0, False

    async def copy() -> None:
        nonlocal copies
        while not is_over:
            path = tmp_path / f"copy-{copies}.db"
            await asyncio.to_thread(copy_of, tmp_path / "store.db", path)
            copied = await SqliteStore.open(path, PROTOCOLS, lock=False)
            found = await there(copied)
            await copied.close()
            assert sorted(one for shard in found.shards.values() for one in shard.ids()) == sorted(IDS)
            copies += 1

    copying = asyncio.create_task(copy())
    for moved in range(1, len(IDS)):
        first, second = (loaded.shards[n] for n in (0, 1))
        changes = (
            changed(first, with_ids(first, 0, *IDS[moved:])),
            changed(second, with_ids(second, 0, *IDS[:moved])),
        )
        loaded = await put(store, office, step(loaded.state, *changes))
        await asyncio.sleep(0.005)
    is_over = True
    await copying
    assert copies > 2
    await store.close()


def test_what_is_no_store_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, but long enough to look like one" * 100)
    with pytest.raises(Permanent):
        copy_of(tmp_path / "text", tmp_path / "copy")
    with pytest.raises((Permanent, Unavailable)):
        copy_of(tmp_path / "absent", tmp_path / "copy")
    assert not (tmp_path / "absent").exists()
