"""What stands in ZooKeeper: read as one, written for those who may, and edited by strangers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.decisions import Committed, Conflict, Deposed
from orchestrator.core.model import Protocol
from orchestrator.errors import Permanent, Unavailable
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.services.proxy import Proxy
from tests.services.zookeeper import own, shared
from tests.services.zookeeper_client import operator
from tests.services.zookeeper_stores import Stores, opening


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


def by_hand(work: Any, digest: str | None = None) -> Any:
    with operator(shared(), digest) as client:
        return work(client)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("_kinds/Thing", b"{"),
        ("Thing/0", b"not json"),
        ("Thing/0/_reload", b"[]"),
        ("Thing/0/resources", b'{"chunks": -1}'),
        ("Thing/0/resources/0", b"\xff\xfe"),
        ("_leader", b"null"),
    ],
)
async def test_a_document_edited_by_hand_is_named_and_not_believed(
    stores: Stores, path: str, body: bytes
) -> None:
    store = await stores.open(shared())
    await put(store, await lead(store), step(None, changed(None, new_shard(0, ["a"]))))
    by_hand(lambda client: client.set(f"{stores.root}/{path}", body))
    with pytest.raises(Permanent, match=f"{stores.root}/{path}: "):
        await (store.leader() if path == "_leader" else store.load("Thing"))


async def test_a_document_removed_by_hand_is_named(stores: Stores) -> None:
    store = await stores.open(shared())
    await put(store, await lead(store), step(None, changed(None, new_shard(0, ["a"]))))
    by_hand(lambda client: client.delete(f"{stores.root}/Thing/0/resources/0"))
    with pytest.raises(Permanent, match=f"{stores.root}/Thing/0/resources/0 is missing"):
        await store.load("Thing")


async def test_a_chunk_added_by_hand_is_named(stores: Stores) -> None:
    store = await stores.open(shared())
    await put(store, await lead(store), step(None, changed(None, new_shard(0, ["a"]))))
    by_hand(lambda client: client.create(f"{stores.root}/Thing/0/resources/7", b'{"ids":["z"]}'))
    with pytest.raises(Permanent, match="resources/7 is not one of the chunks"):
        await store.load("Thing")


async def test_a_shard_with_something_below_it_that_is_not_ours_is_not_removed(stores: Stores) -> None:
    store = await stores.open(shared())
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    by_hand(lambda client: client.create(f"{stores.root}/Thing/0/mine", b""))
    with pytest.raises(Permanent, match=f"{stores.root}/Thing/0: there is something below it"):
        await store.commit(step(before.state, changed(before.shards[0], None)), office)
    assert await there(store) == before


@pytest.mark.parametrize("left", ["tmp/status", "tmp/a/b/c", ""])
async def test_a_shard_is_removed_whatever_its_worker_made_of_tmp(stores: Stores, left: str) -> None:
    store = await stores.open(shared())
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))

    def as_workers_do(client: Any) -> None:
        if left:
            client.create(f"{stores.root}/Thing/0/{left}", b"", makepath=True)
        else:
            client.delete(f"{stores.root}/Thing/0/tmp")

    by_hand(as_workers_do)
    removal = step(before.state, changed(before.shards[0], None))
    other = await stores.open(shared())
    stale = replace(office, version=office.version + 7)
    assert isinstance(await other.commit(removal, stale), Deposed)
    assert await there(store) == before
    assert await store.commit(removal, office) == Committed()
    assert by_hand(lambda client: client.get_children(f"{stores.root}/Thing")) == []


async def test_the_parents_of_a_kind_are_made_again_when_somebody_removed_them(stores: Stores) -> None:
    store = await stores.open(shared())
    office = await lead(store)
    before = await put(store, office, step(None))
    by_hand(lambda client: client.delete(f"{stores.root}/Thing"))
    transaction = step(before.state, changed(None, new_shard(0, ["a"])))
    assert isinstance(await store.commit(transaction, office), Conflict)
    assert await store.commit(transaction, office) == Committed()


async def test_a_load_shows_one_moment_however_fast_the_kind_changes(stores: Stores) -> None:
    """Each transaction writes its number to every shard, so that a mixture would show."""
    proxy = await Proxy.to(shared())
    writer, reader = await stores.open(shared()), await stores.open(proxy.address)
    office = await lead(writer)
    fresh = [changed(None, new_shard(n, ["0"])) for n in range(24)]
    loaded = await put(writer, office, step(None, *fresh))
    stop = asyncio.Event()

    async def write() -> None:
        state, shards, turn = loaded.state, dict(loaded.shards), 0
        while not stop.is_set():
            turn += 1
            changes = [changed(shard, with_ids(shard, 0, str(turn))) for shard in shards.values()]
            transaction = step(state, *changes)
            assert await writer.commit(transaction, office) == Committed()
            state = transaction.after
            shards.update((change.number, change.after) for change in changes if change.after is not None)
            await asyncio.sleep(0.08)

    proxy.delay_s = 0.002
    writing = asyncio.ensure_future(write())
    seen: set[int] = set()
    limit = time.monotonic() + 10
    try:
        while len(seen) < 8 and time.monotonic() < limit:
            try:
                found = await there(reader)
            except Unavailable:
                continue
            turn = found.state.commit - 1
            for shard in found.shards.values():
                assert (list(shard.ids()), shard.versions.head, shard.generation) == ([str(turn)], turn, turn)
            seen.add(turn)
    finally:
        stop.set()
        await writing
        await stores.close()
        await proxy.close()
    assert len(seen) == 8


async def test_a_tree_of_the_seed_without_a_state_is_read(stores: Stores) -> None:
    store = await stores.open(shared())

    def write(client: Any) -> None:
        for n in (0, 1):
            client.create(f"{stores.root}/Rule/{n}", b'{"used":1,"count":5}', makepath=True)
            client.create(f"{stores.root}/Rule/{n}/_reload", b'{"times":3}')
            client.create(f"{stores.root}/Rule/{n}/resources", b'{"ids":["a%d"]}' % n)

    by_hand(write)
    assert list(await store.kinds()) == ["Rule"]
    loaded = await there(store, "Rule")
    assert {n: list(shard.ids()) for n, shard in loaded.shards.items()} == {0: ["a0"], 1: ["a1"]}
    office = await lead(store)
    state = replace(loaded.state, commit=1, version=0)
    shard = loaded.shards[0]
    transaction = replace(
        step(None, changed(shard, with_ids(shard, 0, "b"))), before=loaded.state, after=state
    )
    assert await store.commit(transaction, office) == Committed()
    assert list((await there(store, "Rule")).shards[0].ids()) == ["b"]


# --- who may ---


async def test_what_we_create_with_credentials_is_ours_alone(stores: Stores) -> None:
    store = await stores.open(shared(), digest="shardwright:secret")
    await put(store, await lead(store), step(None, changed(None, new_shard(0, ["a"]))))

    def acls(client: Any) -> dict[str, set[tuple[str, int]]]:
        found, paths = {}, [stores.root]
        while paths:
            path = paths.pop()
            found[path] = {(entry.id.scheme, entry.perms) for entry in client.get_acls(path)[0]}
            paths.extend(f"{path}/{name}" for name in client.get_children(path))
        return found

    found = by_hand(acls, "shardwright:secret")
    assert len(found) > 10
    assert {entry for entries in found.values() for entry in entries} == {("digest", 31)}
    stranger = await stores.open(shared())
    for call in (stranger.load("Thing"), stranger.leader(), stranger.campaign("two", "")):
        with pytest.raises(Permanent, match="no authorization"):
            await call


async def test_readers_may_read_and_not_write(stores: Stores) -> None:
    store = await stores.open(shared(), digest="shardwright:secret", readers=("world:anyone",))
    loaded = await put(store, await lead(store), step(None, changed(None, new_shard(0, ["a"]))))
    reader = await stores.open(shared())
    assert await there(reader) == loaded
    with pytest.raises(Permanent, match="no authorization"):
        await reader.campaign("two", "")


async def test_without_credentials_what_we_create_is_open(stores: Stores) -> None:
    store = await stores.open(shared())
    await lead(store)
    acl = by_hand(lambda client: client.get_acls(f"{stores.root}/_leader")[0])
    assert [(entry.id.scheme, entry.id.id, entry.perms) for entry in acl] == [("world", "anyone", 31)]


async def test_a_quota_that_is_used_up_is_said_and_ends_nothing(stores: Stores, tmp_path: Path) -> None:
    server = own(tmp_path, enforceQuota="true")
    server.start()
    try:
        store = await stores.open(server.address)
        office = await lead(store)
        before = await put(store, office, step(None))
        with operator(server.address) as client:
            quota = f"/zookeeper/quota{stores.root}"
            client.create(f"{quota}/zookeeper_limits", b"count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=3",
                          makepath=True)  # fmt: skip
            client.create(f"{quota}/zookeeper_stats", b"count=3,bytes=-1")
        with pytest.raises(Permanent, match="quota is used up"):
            await store.commit(step(before.state, changed(None, new_shard(0, ["a"]))), office)
        assert await there(store) == before
        assert await store.commit(step(before.state), office) == Committed()
        await store.close()
    finally:
        server.stop()


@pytest.mark.parametrize(
    "options",
    [
        {"hosts": "a:2181/path"}, {"hosts": "a:port"}, {"hosts": "a:1", "root": "iota"},
        {"hosts": "a:1", "root": "/iota/"}, {"hosts": "a:1", "session_timeout_s": 0},
        {"hosts": "a:1", "readers": ("anyone",)},
    ],
)  # fmt: skip
async def test_options_that_cannot_be_meant_are_refused(stores: Stores, options: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        await stores.open(within=0, **options)


def test_secrets_do_not_show_in_the_options() -> None:
    options = ZookeeperOptions(hosts="a:1", digest="user:hidden", sasl={"password": "hidden"})
    assert "hidden" not in repr(options)
    assert Protocol.SEED.value == "seed"
