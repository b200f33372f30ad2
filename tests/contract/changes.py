"""Transactions as a planner makes them, with the versions that they will have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from orchestrator.core.decisions import Committed, ShardChange, Transaction
from orchestrator.core.documents import finish
from orchestrator.core.model import Chunk, KindState, Protocol, Revision, Shard
from orchestrator.ports import Loaded, Office, Store
from tests.contract.arena import PROTOCOLS

NEW = KindState(kind="Thing", store_id="store-1")


def empty_chunks(kind: str) -> tuple[Chunk, ...]:
    """A shard of the seed always has its one list, a shard of ours begins without chunks."""
    return (Chunk(),) if PROTOCOLS[kind] is Protocol.SEED else ()


def new_shard(number: int, *chunks: Sequence[str], **fields: Any) -> Shard:
    made = tuple(Chunk(ids=tuple(ids)) for ids in chunks)
    return Shard(number=number, capacity=(5000,), chunks=made, **fields)


def changed(before: Shard | None, after: Shard | None, op: str = "op") -> ShardChange:
    return ShardChange(before=before, after=finish(before, after, op))


def step(
    before: KindState | None,
    *changes: ShardChange,
    op: str = "op",
    revision: Revision | None = None,
    **fields: Any,
) -> Transaction:
    """One transaction after ``before``; ``fields`` are those of the state that change."""
    if before is None:
        after = replace(NEW, **{"commit": 1, **fields})
    else:
        after = replace(before, commit=before.commit + 1, version=before.version + 1, **fields)
    return Transaction(op=op, before=before, after=after, changes=changes, revision=revision)


def with_ids(shard: Shard, chunk: int, *ids: str) -> Shard:
    """The shard with another list in one chunk, which may be a new one at the end."""
    chunks = list(shard.chunks)
    if chunk == len(chunks):
        chunks.append(Chunk(ids=ids))
    else:
        chunks[chunk] = replace(chunks[chunk], ids=ids)
    return replace(shard, chunks=tuple(chunks))


async def lead(store: Store, holder: str = "one") -> Office:
    office = await store.campaign(holder, f"http://{holder}")
    assert isinstance(office, Office)
    return office


async def put(store: Store, office: Office, transaction: Transaction) -> Loaded:
    """Commit, and read what is there now."""
    assert await store.commit(transaction, office) == Committed()
    return await there(store, transaction.kind)


async def there(store: Store, kind: str = "Thing") -> Loaded:
    loaded = await store.load(kind)
    assert loaded is not None
    return loaded
