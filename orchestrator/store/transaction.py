"""A transaction of the model as operations on documents. Pure.

Only documents that differ between before and after are written, each at the version held before.
A transaction whose after-image does not carry the versions that the store will give is a bug of
the planner and raises ValueError: let through, each later transaction would end in a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.decisions import ShardChange, Transaction
from orchestrator.core.model import Chunk, KindState, Protocol, Shard
from orchestrator.core.papers import PaperChange
from orchestrator.store.codec import (
    encode_chunk,
    encode_count,
    encode_head,
    encode_kind,
    encode_reload,
    encode_revision,
)
from orchestrator.store.layout import Layout, chunk_of, reload_of, resources_of, scratch_of
from orchestrator.store.operations import ANY, Check, Create, Delete, Operation, Set, require_fit


def encode_transaction(
    transaction: Transaction, layout: Layout, protocol: Protocol, office_version: int
) -> tuple[Operation, ...]:
    """The operations of a transaction, the check of the office first. Raises TooLarge, ValueError."""
    operations: list[Operation] = [Check(layout.leader, office_version)]
    operations.append(_kind(layout.kind(transaction.kind), transaction.before, transaction.after))
    if transaction.revision is not None:
        revision = transaction.revision
        path = layout.revision(transaction.kind, revision.number)
        operations.append(Create(path, encode_revision(revision)))
    operations.extend(_paper(layout.paper(transaction.kind, p.name), p) for p in transaction.papers)
    for change in transaction.changes:
        operations.extend(_change(layout.shard(transaction.kind, change.number), change, protocol))
    require_fit(operations)
    return tuple(operations)


def _kind(path: str, before: KindState | None, after: KindState) -> Operation:
    if before is None or before.version < 0:
        _require_version(path, after.version, 0)
        return Create(path, encode_kind(after))
    _require_version(path, after.version, before.version + 1)
    return Set(path, encode_kind(after), before.version)


def _paper(path: str, change: PaperChange) -> Operation:
    before, after = change.before, change.after
    if after is None:
        assert before is not None
        return Delete(path, before.version)
    _require_version(path, after.version, 0 if before is None else before.version + 1)
    return Create(path, after.body) if before is None else Set(path, after.body, before.version)


def _change(path: str, change: ShardChange, protocol: Protocol) -> Iterator[Operation]:
    before, after = change.before, change.after
    for shard in (before, after):
        if shard is not None and protocol is Protocol.SEED and len(shard.chunks) != 1:
            raise ValueError(f"{path}: under seed a shard has one chunk, not {len(shard.chunks)}")
    if before is None:
        assert after is not None
        yield from _create(path, after, protocol)
    elif after is None:
        yield from _delete(path, before, protocol)
    elif after is not before and after != before:
        yield from _update(path, before, after, protocol)


def _create(path: str, shard: Shard, protocol: Protocol) -> Iterator[Operation]:
    versions = shard.versions
    for version in (versions.head, versions.reload, versions.resources, *(c.version for c in shard.chunks)):
        _require_version(path, version, 0)
    yield Create(path, encode_head(shard))
    yield Create(scratch_of(path), b"")
    yield Create(reload_of(path), encode_reload(shard.generation))
    if protocol is Protocol.SEED:
        yield Create(resources_of(path), encode_chunk(shard.chunks[0]))
        return
    yield Create(resources_of(path), encode_count(len(shard.chunks)))
    for number, chunk in enumerate(shard.chunks):
        yield Create(chunk_of(path, number), encode_chunk(chunk))


def _delete(path: str, shard: Shard, protocol: Protocol) -> Iterator[Operation]:
    if protocol is Protocol.SEED:
        yield Delete(resources_of(path), shard.chunks[0].version)
    else:
        for number, chunk in enumerate(shard.chunks):
            yield Delete(chunk_of(path, number), chunk.version)
        yield Delete(resources_of(path), shard.versions.resources)
    yield Delete(reload_of(path), shard.versions.reload)
    yield Delete(scratch_of(path), ANY)
    yield Delete(path, shard.versions.head)


def _update(path: str, before: Shard, after: Shard, protocol: Protocol) -> Iterator[Operation]:
    held, left = before.versions, after.versions
    _require_version(path, left.head, held.head + 1)
    yield Set(path, encode_head(after), held.head)

    reloads = after.generation != before.generation
    _require_version(reload_of(path), left.reload, held.reload + reloads)
    if reloads:
        yield Set(reload_of(path), encode_reload(after.generation), held.reload)

    resizes = len(after.chunks) != len(before.chunks)
    _require_version(resources_of(path), left.resources, held.resources + resizes)
    if protocol is Protocol.SEED:
        yield from _rewrite(resources_of(path), before.chunks[0], after.chunks[0])
        return
    if resizes:
        yield Set(resources_of(path), encode_count(len(after.chunks)), held.resources)
    yield from _update_chunks(path, before.chunks, after.chunks)


def _update_chunks(path: str, before: tuple[Chunk, ...], after: tuple[Chunk, ...]) -> Iterator[Operation]:
    for number, (old, new) in enumerate(zip(before, after, strict=False)):
        yield from _rewrite(chunk_of(path, number), old, new)
    for number in range(len(before), len(after)):
        _require_version(chunk_of(path, number), after[number].version, 0)
        yield Create(chunk_of(path, number), encode_chunk(after[number]))
    for number in range(len(after), len(before)):
        yield Delete(chunk_of(path, number), before[number].version)


def _rewrite(path: str, old: Chunk, new: Chunk) -> Iterator[Operation]:
    if new is old or new == old:
        return
    _require_version(path, new.version, old.version + 1)
    yield Set(path, encode_chunk(new), old.version)


def _require_version(path: str, planned: int, coming: int) -> None:
    if planned != coming:
        raise ValueError(f"{path}: planned to be at version {planned}, but would be at {coming}")
