"""Moving who owns what from one store to another, by the two commands."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.model import Instance, KindState, Protocol, Revision
from orchestrator.ports import Loaded, Office, Store
from orchestrator.store.sqlite import SqliteStore
from orchestrator.store.zookeeper import ZookeeperStore
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.cli.kept import SHARD
from tests.services.zookeeper import shared

V1 = {"Thing": Protocol.V1, "Rule": Protocol.V1}


async def written(store: Store, store_id: str = "first") -> Loaded:
    office = await store.campaign("one", "http://one")
    assert isinstance(office, Office)
    transaction = Transaction(
        op="op",
        before=None,
        after=KindState(kind="Thing", commit=5, store_id=store_id, next_incarnation=10),
        changes=(ShardChange(before=None, after=SHARD),),
        revision=Revision(kind="Thing", number=1, digest="d", template="t"),
    )
    assert await store.commit(transaction, office) == Committed()
    await store.resign(office)
    loaded = await store.load("Thing")
    assert loaded is not None
    return loaded


def embedded(home: Path, work: Callable[[Store], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        store = await SqliteStore.open(home / "data" / "store.db", V1)
        try:
            return await work(store)
        finally:
            await store.close()

    (home / "data").mkdir(exist_ok=True)
    return asyncio.run(run())


@pytest.fixture
def root() -> str:
    return f"/test-{secrets.token_hex(6)}/iota"


def in_zookeeper(root: str, work: Callable[[Store], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        store = await ZookeeperStore.open(ZookeeperOptions(hosts=shared(), root=root), V1, within=10)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch, root: str) -> Callable[[], None]:
    """From here on the configuration names ZooKeeper."""

    def to_zookeeper() -> None:
        monkeypatch.setenv("SHARDWRIGHT_STORE__ENGINE", "zookeeper")
        monkeypatch.setenv("SHARDWRIGHT_STORE__ZOOKEEPER__HOSTS", shared())
        monkeypatch.setenv("SHARDWRIGHT_STORE__ZOOKEEPER__ROOT", root)

    return to_zookeeper


def test_what_the_embedded_store_held_stands_in_zookeeper_and_comes_back(
    shardwright: Any, home: Path, moved: Callable[[], None], root: str
) -> None:
    before = embedded(home, written)
    ended = shardwright("export", "--to", "out.jsonl")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "Thing  1 shards, 2 ids, commit 5\n"
    assert (home / "out.jsonl").stat().st_mode & 0o077 == 0
    moved()
    ended = shardwright("import", "out.jsonl")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines() == ["Thing  1 shards, 2 ids", "the store is first now"]
    after = in_zookeeper(root, lambda store: store.load("Thing"))
    assert (after.state.store_id, after.state.next_incarnation) == ("first", 10)
    assert after.state.commit > before.state.commit
    shard = after.shards[4]
    assert (list(shard.ids()), shard.generation, shard.incarnation) == (["a", "ü"], 12, 9)
    assert shard.instance is Instance.LIVE

    lines = shardwright("export", "--kind", "Thing").out.splitlines()
    there = [json.loads(line) for line in lines]
    here = [json.loads(line) for line in (home / "out.jsonl").read_text().splitlines()]
    assert there[3]["lists"] == here[3]["lists"]
    assert there[2] == here[2]


def test_an_import_into_a_store_that_holds_something_changes_nothing(
    shardwright: Any, home: Path, moved: Callable[[], None], root: str
) -> None:
    embedded(home, written)
    shardwright("export", "--to", "out.jsonl")
    moved()
    before = in_zookeeper(root, written)
    ended = shardwright("import", "out.jsonl")
    assert ended.code == 1
    assert ended.err == "the store holds Thing already: an import needs an empty store\n"
    assert in_zookeeper(root, lambda store: store.load("Thing")) == before


def test_an_import_beside_a_leader_is_refused_and_names_it(
    shardwright: Any, home: Path, moved: Callable[[], None], root: str
) -> None:
    embedded(home, written)
    shardwright("export", "--to", "out.jsonl")
    moved()

    async def lead(store: Store) -> Any:
        assert isinstance(await store.campaign("orchestrator-7", "http://seven:8080"), Office)
        ended = await asyncio.to_thread(shardwright, "import", "out.jsonl")
        assert await store.kinds() == []
        return ended

    ended = in_zookeeper(root, lead)
    assert ended.code == 3
    assert ended.err == (
        "the store is in use: its office is held by orchestrator-7 (http://seven:8080): stop it first\n"
    )


def test_the_embedded_store_of_a_running_server_is_in_use(shardwright: Any, home: Path) -> None:
    async def run(store: Store) -> Any:
        await written(store)
        return await asyncio.to_thread(shardwright, "export")

    ended = embedded(home, run)
    assert ended.code == 1
    assert "is in use by another server" in ended.err


def test_the_export_of_another_installation_is_not_taken_for_ours(
    shardwright: Any, home: Path, moved: Callable[[], None], root: str
) -> None:
    embedded(home, written)
    shardwright("export", "--to", "out.jsonl")
    (home / "data" / "store-id").write_text("second\n")
    moved()
    ended = shardwright("import", "out.jsonl")
    assert ended.code == 3
    assert "it was store first" in ended.err
    assert "--new-identity" in ended.err
    ended = shardwright("import", "out.jsonl", "--new-identity")
    assert ended.err.splitlines()[-1] == "the store is second now"
    assert in_zookeeper(root, lambda store: store.load("Thing")).state.store_id == "second"


def test_a_file_that_is_no_export_is_said_to_be_none(shardwright: Any, home: Path) -> None:
    (home / "other").write_text('{"some": "json"}\n')
    ended = shardwright("import", "other")
    assert (ended.code, ended.err) == (1, "line 1: this is no export of shardwright\n")
    ended = shardwright("import", "absent")
    assert ended.code == 1
    assert ended.err.startswith("absent cannot be read: ")


def test_an_import_makes_the_embedded_store_of_a_new_installation(
    shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded(home, written)
    shardwright("export", "--to", "out.jsonl")
    monkeypatch.setenv("SHARDWRIGHT_DATA_DIR", str(home / "elsewhere" / "data"))
    assert shardwright("import", "out.jsonl").err.splitlines()[-1] == "the store is first now"
    ended = shardwright("export", "--to", "again.jsonl")
    assert ended.err == "Thing  1 shards, 2 ids, commit 6\n"


def test_an_empty_store_has_nothing_to_export_and_a_file_is_not_overwritten(
    shardwright: Any, home: Path
) -> None:
    (home / "data").mkdir()
    ended = shardwright("export")
    assert (ended.code, ended.err) == (1, "the store is empty: there is nothing to export\n")
    embedded(home, written)
    (home / "kept").write_text("kept")
    ended = shardwright("export", "--to", "kept")
    assert ended.code == 1
    assert "the export cannot be written" in ended.err
    assert (home / "kept").read_text() == "kept"
    ended = shardwright("export", "--kind", "Rule")
    assert ended.err == "the store holds no Rule\n"


def test_a_zookeeper_that_is_away_is_unavailable(
    shardwright: Any, home: Path, moved: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved()
    monkeypatch.setenv("SHARDWRIGHT_STORE__ZOOKEEPER__HOSTS", "127.0.0.1:1")
    ended = shardwright("export")
    assert ended.code == 4
    assert "there is no connection to ZooKeeper at 127.0.0.1:1" in ended.err
