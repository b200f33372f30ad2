"""Half a million ids in ZooKeeper: how long they take, and how long they hold the event loop."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.model import Chunk, KindState, Protocol, Shard
from orchestrator.store.zookeeper import ZookeeperStore
from orchestrator.store.zookeeper_options import ZookeeperOptions
from tests.contract.changes import lead
from tests.pauses import Pauses, calm
from tests.services.zookeeper import shared
from tests.services.zookeeper_stores import opening

SHARDS, PER_SHARD = 100, 5000


def filled(number: int, protocol: Protocol) -> Shard:
    ids = [f"{number:04d}-5f2c9a-{n:020d}" for n in range(PER_SHARD)]
    size = PER_SHARD if protocol is Protocol.SEED else 128
    chunks = tuple(Chunk(ids=tuple(ids[start : start + size])) for start in range(0, PER_SHARD, size))
    return Shard(number=number, capacity=(PER_SHARD,), chunks=chunks)


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_a_load_of_half_a_million_ids_does_not_hold_the_event_loop(protocol: Protocol) -> None:
    async with opening() as stores:
        options = ZookeeperOptions(hosts=shared(), root=stores.root)
        store = await ZookeeperStore.open(options, {"Thing": protocol}, within=10)
        try:
            office = await lead(store)
            shards = [filled(number, protocol) for number in range(SHARDS)]
            state: KindState | None = None
            with calm():
                writing = Pauses()
                began = time.perf_counter()
                for shard in shards:
                    after = KindState(kind="Thing")
                    if state is not None:
                        after = replace(state, version=state.version + 1)
                    change = ShardChange(before=None, after=shard)
                    transaction = Transaction(op="op", before=state, after=after, changes=(change,))
                    assert await store.commit(transaction, office) == Committed()
                    state = after
                written = time.perf_counter() - began
                await writing.end()
                pauses = Pauses()
                await asyncio.sleep(0.01)
                began = time.perf_counter()
                loaded = await store.load("Thing")
                took = time.perf_counter() - began
                await pauses.end()
            assert loaded is not None
            assert sum(shard.used for shard in loaded.shards.values()) == SHARDS * PER_SHARD
            print(f"{protocol}: written in {written:.2f} s ({writing}), loaded in {took:.2f} s ({pauses})")
            assert took < 10
            assert pauses.held < 0.2, "the loop was held"
            assert pauses.late < 2.0, "the loop waited"
        finally:
            await store.close()
