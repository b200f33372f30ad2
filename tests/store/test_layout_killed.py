"""A conversion that is killed: what it had written stands, what it had not is gone on with."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core.decisions import Committed
from orchestrator.core.model import Protocol
from orchestrator.ports import Office, StoreLayout
from orchestrator.store.sqlite import SqliteStore
from tests.contract.changes import changed, lead, new_shard, put, step, there
from tests.store.next_version import NEXT

CHILD = Path(__file__).with_name("converting_process.py")
ROOT = Path(__file__).parents[2]
PROTOCOLS = {"Thing": Protocol.V1}
SHARDS = 40


async def filled(path: Path) -> dict[int, list[str]]:
    store = await SqliteStore.open(path, PROTOCOLS)
    office = await lead(store)
    shards = [changed(None, new_shard(n, [f"a{n}", f"b{n}"], [f"c{n}"])) for n in range(SHARDS)]
    loaded = await put(store, office, step(None, *shards))
    await store.close()
    return {number: list(shard.ids()) for number, shard in loaded.shards.items()}


def killed_after(writes: int, path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store.converting_process", str(path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    for _ in range(writes):
        assert child.stdout.readline()
    child.kill()
    child.wait()
    child.stdout.close()


@pytest.mark.parametrize("writes", [3, 4, 11, 40])
async def test_kill_9_in_a_conversion_loses_and_doubles_nothing(tmp_path: Path, writes: int) -> None:
    path = tmp_path / "store.db"
    before = await filled(path)
    killed_after(writes, path)
    store = await SqliteStore.open(path, PROTOCOLS, migration=NEXT)
    found = await store.layout()
    assert (found.layout, found.next) == (1, 2)
    loaded = await there(store)
    assert {number: list(shard.ids()) for number, shard in loaded.shards.items()} == before
    office = await store.campaign("next", "")
    assert isinstance(office, Office) and office.layout == 2
    assert await store.convert("Thing", office) == Committed()
    assert await store.declare(found, StoreLayout(layout=2), office) == Committed()
    after = await there(store)
    assert {number: list(shard.ids()) for number, shard in after.shards.items()} == before
    assert await store.layout() == replace(found, layout=2, next=None, at=1)
    await store.close()
