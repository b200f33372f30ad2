"""A kind taken from a store: all of it, nothing else, and never half of it served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from kazoo.client import KazooClient

from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.model import REPLACED, Chunk, KindState, Revision, Shard
from orchestrator.core.papers import Paper, PaperChange
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import ErasableStore, Office, StoreLayout
from orchestrator.store import zookeeper_erasing
from orchestrator.store.filling import gather
from orchestrator.store.zookeeper import ZookeeperStore
from tests.contract.arena import ARENAS, Arena, ZookeeperArena
from tests.contract.changes import lead, put, there
from tests.store.next_version import LATER, NEXT

CHUNKS = tuple(Chunk(ids=(f"a{n}",)) for n in range(60))
SHARDS = {n: Shard(number=n, capacity=(5000,), chunks=CHUNKS[n * 6 : n * 6 + 6]) for n in range(10)}


@pytest.fixture(params=["sqlite", "zookeeper"])
async def arena(request: pytest.FixtureRequest) -> AsyncIterator[Arena]:
    arena = ARENAS[request.param]()
    yield arena
    await arena.close()


async def filled(store: ErasableStore, office: Office, *kinds: str) -> None:
    for kind in kinds:
        protocol_shards = (
            SHARDS if kind == "Thing" else {0: Shard(number=0, capacity=(9,), chunks=(Chunk(),))}
        )
        await put(
            store,
            office,
            Transaction(
                op="op",
                before=None,
                after=KindState(kind=kind, commit=1, store_id="one", next_incarnation=7),
                changes=tuple(ShardChange(before=None, after=shard) for shard in protocol_shards.values()),
                revision=Revision(kind=kind, number=1, digest="d", template="t"),
                papers=(PaperChange(before=None, after=Paper(name="pins", body=b"{}")),),
            ),
        )


async def opened(arena: Arena) -> Any:
    return await arena.store()


async def test_all_of_the_kind_goes_and_nothing_else(arena: Arena) -> None:
    store = await opened(arena)
    office = await lead(store)
    await filled(store, office, "Thing", "Rule")
    before = await there(store, "Rule")
    await store.erase("Thing", office)
    assert await store.kinds() == ["Rule"]
    assert await store.load("Thing") is None
    assert await store.revision("Thing", 1) is None
    assert await there(store, "Rule") == before
    # As if it had never been there, with other content.
    await filled(store, office, "Thing")
    assert (await there(store)).papers.keys() == {"pins"}


async def test_what_is_disowned_keeps_its_numbers_and_may_be_all_that_stays(arena: Arena) -> None:
    store = await opened(arena)
    office = await lead(store)
    await filled(store, office, "Thing")
    await store.disown("Thing", office)
    found = await there(store)
    assert (found.state.store_id, found.state.is_unfinished) == (REPLACED, True)
    assert len(found.shards) == 10, "nothing else is gone yet"
    await store.erase("Thing", office, state=False)
    left = await there(store)
    assert (left.state.store_id, left.state.commit, left.state.next_incarnation) == (REPLACED, 1, 7)
    assert not left.shards and not left.papers and await store.revision("Thing", 1) is None


async def test_what_is_disowned_is_written_in_the_layout_of_the_store(arena: Arena) -> None:
    store = await arena.store(NEXT)
    office = await lead(store)
    await filled(store, office, "Thing")
    assert await store.declare(await store.layout(), StoreLayout(layout=2), office) == Committed()
    office = replace(office, layout=2)
    await store.disown("Thing", office)
    await store.erase("Thing", office, state=False)
    # It knows no layout but the second and third.
    assert (await there(await arena.store(LATER))).state.store_id == REPLACED


async def test_who_is_not_in_office_erases_nothing(arena: Arena) -> None:
    store = await opened(arena)
    office = await lead(store)
    await filled(store, office, "Thing")
    before = await there(store)
    with pytest.raises(Unavailable):
        await store.erase("Thing", replace(office, version=office.version + 1))
    assert await there(store) == before


async def test_what_cannot_be_read_goes_too_and_what_workers_left_below_it() -> None:
    arena = ZookeeperArena()
    store = await opened(arena)
    office = await lead(store)
    await filled(store, office, "Thing")
    client = KazooClient(hosts=arena.options.hosts)
    client.start()
    try:
        client.create(f"{arena.options.root}/Thing/3/tmp/deep/deeper", b"x", makepath=True)
        client.create(f"{arena.options.root}/Thing/strange", b"x")
        client.set(f"{arena.options.root}/_kinds/Thing", b"broken")
        await store.erase("Thing", office)
        assert client.get_children(f"{arena.options.root}/Thing") == []
    finally:
        client.stop()
        client.close()
    assert await store.kinds() == []
    await arena.close()


async def test_cut_off_the_kind_is_nobodys_and_a_second_call_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    arena = ZookeeperArena()
    store = await opened(arena)
    assert isinstance(store, ZookeeperStore)
    office = await lead(store)
    await filled(store, office, "Thing")
    real, done = zookeeper_erasing.commit_checked, 0

    async def cut(*given: Any) -> Any:
        nonlocal done
        if done == 1:
            raise Unavailable("cut off")
        done += 1
        return await real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(zookeeper_erasing, "commit_checked", cut)
        with pytest.raises(Unavailable, match="cut off"):
            await store.erase("Thing", office)
    assert (await there(store)).state.is_unfinished
    with pytest.raises(Permanent, match="in part only"):
        await gather(store, ["Thing"])
    await store.erase("Thing", office)
    assert await store.kinds() == []
    await arena.close()
