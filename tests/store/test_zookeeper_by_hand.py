"""Documents in ZooKeeper that somebody else wrote: JSON of the right form that says strange things."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from orchestrator.core.decisions import Committed, Conflict
from orchestrator.core.model import Releasing
from orchestrator.core.view import View
from orchestrator.errors import Permanent, TooLarge
from orchestrator.ports import Loaded, Office
from orchestrator.store.zookeeper import ZookeeperStore
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.services.proxy import Proxy
from tests.services.zookeeper import shared
from tests.services.zookeeper_client import operator
from tests.services.zookeeper_stores import MULTI, Stores, is_request, opening

LARGEST = 1_000_000
"""Bytes of a document that ZooKeeper still takes: its bound is 1 MiB with the request around it."""


@pytest.fixture
async def stores() -> AsyncIterator[Stores]:
    async with opening() as stores:
        yield stores


def edit(stores: Stores, path: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    with operator(shared()) as client:
        at = f"{stores.root}/{path}"
        client.set(at, json.dumps(change(json.loads(client.get(at)[0]))).encode())


async def written(stores: Stores, hosts: str = "") -> tuple[ZookeeperStore, Office, Loaded]:
    store = await stores.open(hosts or shared())
    office = await lead(store)
    shards = [changed(None, new_shard(0, ["a", "b"], ["c"])), changed(None, new_shard(1, ["d"]))]
    return store, office, await put(store, office, step(None, *shards))


async def test_any_edit_of_what_a_transaction_writes_is_met_as_a_conflict(stores: Stores) -> None:
    store, office, before = await written(stores)
    for path in ("_kinds/Thing", "Thing/0", "Thing/0/_reload", "Thing/0/resources/0"):
        held = await there(store)
        edit(stores, path, lambda body: body)
        shard = held.shards[0]
        answer = await store.commit(step(held.state, changed(shard, with_ids(shard, 0, "z"))), office)
        assert isinstance(answer, Conflict), path
        assert path in answer.detail
    assert (await there(store)).shards[1] == before.shards[1]


async def test_a_generation_that_was_set_back_is_what_counts_from_then_on(stores: Stores) -> None:
    store, office, _ = await written(stores)
    edit(stores, "Thing/0/_reload", lambda body: {"times": 77})
    edit(stores, "Thing/0/_reload", lambda body: {"times": 3})
    loaded = await there(store)
    assert (loaded.shards[0].generation, loaded.shards[0].versions.reload) == (3, 2)
    shard = loaded.shards[0]
    after = await put(store, office, step(loaded.state, changed(shard, with_ids(shard, 0, "z"))))
    assert after.shards[0].generation == 4


async def test_counts_that_somebody_wrote_are_not_believed(stores: Stores) -> None:
    store, _, before = await written(stores)
    edit(stores, "Thing/0", lambda body: {**body, "used": 4711})
    assert (await there(store)).shards[0].used == before.shards[0].used == 3


async def test_an_id_that_stands_twice_in_a_list_is_one_id(stores: Stores) -> None:
    store, office, _ = await written(stores)
    edit(stores, "Thing/0/resources/0", lambda body: {"ids": ["a", "b", "a", "a"]})
    loaded = await there(store)
    assert loaded.shards[0].chunks[0].ids == ("a", "b")
    shard = loaded.shards[0]
    after = await put(store, office, step(loaded.state, changed(shard, with_ids(shard, 0, "a", "b", "z"))))
    assert after.shards[0].chunks[0].ids == ("a", "b", "z")


async def test_an_id_that_is_owned_and_leaving_in_one_document_is_owned(stores: Stores) -> None:
    store, _, _ = await written(stores)
    leaving = [{"g": 1, "to": 1, "ids": ["a", "x", "x"]}, {"g": 2, "to": None, "ids": ["x", "b"]}]
    edit(stores, "Thing/0/resources/0", lambda body: {**body, "releasing": leaving})
    chunk = (await there(store)).shards[0].chunks[0]
    assert chunk.ids == ("a", "b")
    assert chunk.releasing == (Releasing(generation=1, to=1, ids=("x",)),)


async def test_an_id_that_stands_in_two_shards_is_seen_as_doubled(stores: Stores) -> None:
    store, _, _ = await written(stores)
    edit(stores, "Thing/1/resources/0", lambda body: {"ids": ["d", "a"]})
    loaded = await there(store)
    assert set(View.of(loaded.state, loaded.shards).duplicates) == {"a"}


async def test_members_that_nobody_knows_are_passed_over(stores: Stores) -> None:
    store, office, before = await written(stores)
    for path in ("_kinds/Thing", "Thing/0", "Thing/0/_reload", "Thing/0/resources", "Thing/0/resources/0",
                 "_leader"):  # fmt: skip
        edit(stores, path, lambda body: {**body, "comment": {"by": "somebody"}})
    loaded = await there(store)
    assert list(loaded.shards[0].ids()) == list(before.shards[0].ids())
    assert (await store.leader()) is not None
    assert await store.fence(office) != office, "the office was touched, so it is in doubt"


async def test_a_kind_in_a_later_layout_is_refused_and_nothing_of_it_is_written(stores: Stores) -> None:
    store, office, before = await written(stores)
    edit(stores, "_kinds/Thing", lambda body: {**body, "layout": 2})
    with pytest.raises(
        Permanent, match="_kinds/Thing has layout 2, this program reads and writes layout 1: run a newer"
    ):
        await store.load("Thing")
    assert isinstance(await store.commit(step(before.state), office), Conflict)


@pytest.mark.parametrize("gone", ["_reload", "resources"])
async def test_a_shard_of_which_a_part_is_missing_is_named(stores: Stores, gone: str) -> None:
    store, _, _ = await written(stores)
    with operator(shared()) as client:
        client.delete(f"{stores.root}/Thing/0/{gone}", recursive=True)
    with pytest.raises(Permanent, match=f"{stores.root}/Thing/0/{gone} is missing"):
        await store.load("Thing")


async def test_a_node_of_somebody_else_among_the_shards_is_named(stores: Stores) -> None:
    store, _, before = await written(stores)
    with operator(shared()) as client:
        client.create(f"{stores.root}/Thing/notes", b"")
        with pytest.raises(Permanent, match=f"{stores.root}/Thing/notes: 'notes' is not a number"):
            await store.load("Thing")
        client.delete(f"{stores.root}/Thing/notes")
    assert await there(store) == before


async def test_nodes_of_somebody_else_beside_the_kinds_and_below_a_shard_change_nothing(
    stores: Stores,
) -> None:
    store, office, before = await written(stores)
    with operator(shared()) as client:
        for path in ("notes", "_notes/deep", "Thing/0/notes", "Thing/0/_reload/notes", "_kinds/Thing/notes"):
            client.create(f"{stores.root}/{path}", b"\xff", makepath=True)
    assert await there(store) == before
    assert list(await store.kinds()) == ["Thing"]
    shard = before.shards[0]
    transaction = step(before.state, changed(shard, with_ids(shard, 0, "z")))
    assert await store.commit(transaction, office) == Committed()


async def test_a_document_as_large_as_zookeeper_takes_is_read_and_never_sent_again(stores: Stores) -> None:
    proxy = await Proxy.to(shared())
    try:
        store, office, _ = await written(stores, proxy.address)
        ids = [f"{n:097d}" for n in range(LARGEST // 100)]
        with operator(shared()) as client:
            body = json.dumps({"ids": ids}, separators=(",", ":")).encode()
            assert LARGEST * 0.99 < len(body) <= LARGEST + 20
            client.set(f"{stores.root}/Thing/0/resources/0", body)
        loaded = await there(store)
        assert loaded.shards[0].chunks[0].ids == tuple(ids)
        proxy.lose_request(is_request(MULTI))
        shard = loaded.shards[0]
        with pytest.raises(TooLarge, match="bytes"):
            await store.commit(step(loaded.state, changed(shard, with_ids(shard, 0, *ids[1:]))), office)
        assert not proxy.lost.is_set(), "it was sent"
        proxy.lose_request(lambda frame: False)
        other = loaded.shards[1]
        assert await store.commit(step(loaded.state, changed(other, with_ids(other, 0, "z"))), office) == (
            Committed()
        )
        await stores.close()
    finally:
        await proxy.close()


async def test_another_password_than_the_one_that_wrote_is_said_in_a_sentence(stores: Stores) -> None:
    ours = await stores.open(shared(), digest="shardwright:right")
    await put(ours, await lead(ours), step(None, changed(None, new_shard(0, ["a"]))))
    wrong = await stores.open(shared(), digest="shardwright:wrong")
    with pytest.raises(Permanent, match=r"ZooKeeper does not let us use .*/Thing.* \(no authorization\)"):
        await wrong.load("Thing")
    with pytest.raises(Permanent, match="no authorization"):
        await wrong.campaign("two", "")
    assert await ours.leader() is not None
