"""Half a million ids: how long a load takes, and how long it holds the event loop."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.model import Chunk, KindState, Protocol, Shard
from orchestrator.ports import Office
from orchestrator.store.sqlite import SqliteStore
from tests.pauses import Pauses, calm

SHARDS, PER_SHARD = 100, 5000


def filled(number: int, protocol: Protocol) -> Shard:
    ids = [f"{number:04d}-5f2c9a-{n:020d}" for n in range(PER_SHARD)]
    size = PER_SHARD if protocol is Protocol.SEED else 128
    chunks = tuple(Chunk(ids=tuple(ids[start : start + size])) for start in range(0, PER_SHARD, size))
    return Shard(number=number, capacity=(PER_SHARD,), chunks=chunks)


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_a_load_of_half_a_million_ids_does_not_hold_the_event_loop(
    tmp_path: Path, protocol: Protocol
) -> None:
    store = await SqliteStore.open(tmp_path / "store.db", {"Thing": protocol})
    office = await store.campaign("one", "")
    assert isinstance(office, Office)
    state: KindState | None = None
    began = time.perf_counter()
    for number in range(SHARDS):
        after = KindState(kind="Thing") if state is None else replace(state, version=state.version + 1)
        change = ShardChange(before=None, after=filled(number, protocol))
        transaction = Transaction(op="op", before=state, after=after, changes=(change,))
        assert await store.commit(transaction, office) == Committed()
        state = after
    written = time.perf_counter() - began

    with calm():
        pauses = Pauses()
        await asyncio.sleep(0.01)
        began = time.perf_counter()
        loaded = await store.load("Thing")
        took = time.perf_counter() - began
        await pauses.end()
    await store.close()
    assert loaded is not None
    assert sum(shard.used for shard in loaded.shards.values()) == SHARDS * PER_SHARD
    print(f"{protocol}: written in {written:.2f} s, loaded in {took:.2f} s ({pauses})")
    assert took < 10
    # the benchmark says how short they are
    assert pauses.held < 0.2, "the loop was held"
    assert pauses.late < 2.0, "the loop waited"
