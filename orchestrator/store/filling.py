"""A store filled from an archive, in bounded transactions that leave no half kind to be served.

Until all is written a kind belongs to a store that nobody is, so that no orchestrator serves from it;
cut off, the same archive goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from orchestrator.core.decisions import Ambiguous, Committed, ShardChange, Transaction
from orchestrator.core.documents import chunk_size
from orchestrator.core.model import (
    REPLACED,
    UNFINISHED,
    Chunk,
    KindState,
    Protocol,
    Releasing,
    Revision,
    Shard,
    ShardVersions,
)
from orchestrator.core.papers import PaperChange
from orchestrator.errors import Permanent, TooLarge, Unavailable
from orchestrator.ports import Loaded, Office, Store
from orchestrator.store.archive import Archive, KindArchive

CHUNK_IDS = 128
SLICE_CHUNKS = 400
SLICE_BYTES = 384 * 1024
"""Of the chunks of one transaction; its other documents are small."""


async def gather(store: Store, kinds: Sequence[str]) -> list[KindArchive]:
    """What the store holds of these kinds, each at one commit.

    Raises Unavailable, Permanent for a kind that is not there or was not filled to its end.
    """
    found = []
    for kind in kinds:
        loaded = await store.load(kind)
        if loaded is None:
            raise Permanent(f"the store holds no {kind}")
        if loaded.state.is_unfinished:
            raise Permanent(f"{kind} was imported in part only: run that import again first")
        # Revisions never change, so those of an older commit are the same.
        numbers = range(1, loaded.state.revision + 1)
        revisions = [await store.revision(kind, number) for number in numbers]
        there = tuple(each for each in revisions if each is not None)
        found.append(
            KindArchive(state=loaded.state, revisions=there, shards=loaded.shards, papers=loaded.papers)
        )
    return found


async def fill(
    store: Store,
    office: Office,
    archive: Archive,
    protocols: Mapping[str, Protocol],
    identity: str,
    progress: Callable[[str], None] = lambda said: None,
) -> str:
    """Write the archive into an empty store, or on where the same archive was cut off.

    ``identity``: the store's id from now on. Returns it; an import that goes on keeps the id with
    which it began. Raises Permanent where the store holds anything else or a kind is not configured,
    TooLarge, Unavailable (run it again).
    """
    mark, identity = await begin(store, office, archive, protocols, identity)
    for name, kind in archive.kinds.items():
        there = await store.load(name)
        if there is None:
            raise Unavailable(f"{name} has gone meanwhile; run the import again")
        if there.state.store_id == mark:
            await _fill_kind(store, office, kind, there, protocols[name], identity)
        progress(f"{name}  {len(kind.shards)} shards, {sum(s.used for s in kind.shards.values())} ids")
    return identity


async def begin(
    store: Store,
    office: Office,
    archive: Archive,
    protocols: Mapping[str, Protocol],
    identity: str,
    *,
    replaces: bool = False,
) -> tuple[str, str]:
    """The state of each kind, which says that it is to be filled. As ``fill``, which begins with it.

    ``replaces``: over what was erased but for its state, whose numbers go on. Returns whose the kinds are
    until they are filled, and from then on.
    """
    for name in archive.kinds:
        if name not in protocols:
            raise Permanent(f"the kind {name!r} is not configured here, so it is not imported")
    prefix = f"{UNFINISHED}{archive.digest[:16]}-"
    begun = await _begun(store)
    erased = {name: begun.pop(name).state for name in list(begun) if replaces and _is_replaced(begun[name])}
    marks = [found.state.store_id for found in begun.values() if found.state.store_id.startswith(prefix)]
    mark = marks[0] if marks else prefix + identity
    identity = mark.removeprefix(prefix)
    for name, found in begun.items():
        if not marks or name not in archive.kinds or found.state.store_id not in (mark, identity):
            raise Permanent(f"the store holds {name} already: an import needs an empty store")
    for name, kind in archive.kinds.items():
        if name not in begun:
            await _commit(store, office, _opening(kind, mark, erased.get(name)))
    return mark, identity


async def foreign(store: Store, archive: Archive) -> list[str]:
    """The kinds of which the store holds anything but what this archive has begun to write there.

    Raises Unavailable.
    """
    prefix, ids = f"{UNFINISHED}{archive.digest[:16]}-", dict[str, str]()
    for kind in await store.kinds():
        try:
            loaded = await store.load(kind)
        except Permanent:
            # Whatever it is, nothing of this archive is like that.
            ids[kind] = UNFINISHED
            continue
        if loaded is not None:
            ids[kind] = loaded.state.store_id
    begun = {one for one in ids.values() if one.startswith(prefix)}
    # A kind that is written to its end has the id that the others are yet to get.
    begun |= {one.removeprefix(prefix) for one in begun}
    return [kind for kind, one in ids.items() if one not in begun or kind not in archive.kinds]


async def _begun(store: Store) -> dict[str, Loaded]:
    loaded = {kind: await store.load(kind) for kind in await store.kinds()}
    return {kind: found for kind, found in loaded.items() if found is not None}


def _is_replaced(found: Loaded) -> bool:
    return found.state.store_id == REPLACED and not found.shards and not found.papers


async def _fill_kind(
    store: Store, office: Office, kind: KindArchive, found: Loaded, protocol: Protocol, identity: str
) -> None:
    state = found.state
    for revision in kind.revisions:
        if await store.revision(state.kind, revision.number) is None:
            state = await _commit(store, office, _next(state, revision=revision))
    for name in sorted(kind.papers.keys() - found.papers.keys()):
        paper = PaperChange(before=None, after=replace(kind.papers[name], version=0))
        state = await _commit(store, office, _next(state, paper=paper))
    for number in sorted(kind.shards):
        before = found.shards.get(number)
        for change in _slices(kind.shards[number], before, protocol):
            state = await _commit(store, office, _next(state, change))
    # Above the commit of the archive, since tokens are compared by it.
    after = replace(
        kind.state,
        store_id=identity,
        place="",
        commit=max(kind.state.commit, state.commit) + 1,
        next_incarnation=max(kind.state.next_incarnation, state.next_incarnation),
        version=state.version + 1,
    )
    await _commit(store, office, Transaction(op="import", before=state, after=after))


def _opening(kind: KindArchive, mark: str, before: KindState | None) -> Transaction:
    # Whoever leads from it first says where its instances run.
    after = replace(kind.state, commit=1, store_id=mark, place="", version=0)
    if before is not None:
        after = replace(
            after,
            commit=before.commit + 1,
            next_incarnation=max(after.next_incarnation, before.next_incarnation),
            version=before.version + 1,
        )
    return Transaction(op="import", before=before, after=after)


def _next(
    state: KindState,
    change: ShardChange | None = None,
    revision: Revision | None = None,
    paper: PaperChange | None = None,
) -> Transaction:
    after = replace(state, commit=state.commit + 1, version=state.version + 1)
    changes = () if change is None else (change,)
    papers = () if paper is None else (paper,)
    return Transaction(
        op="import", before=state, after=after, changes=changes, revision=revision, papers=papers
    )


def _slices(shard: Shard, found: Shard | None, protocol: Protocol) -> Iterator[ShardChange]:
    """The shard written piece by piece, its generation from the first on."""
    chunks = _chunks(shard, protocol)
    written = 0 if found is None else len(found.chunks)
    before = found
    while before is None or written < len(chunks):
        end, size = written, 0
        while end < len(chunks) and end - written < SLICE_CHUNKS:
            size += chunk_size(chunks[end])
            if size > SLICE_BYTES and end > written:
                break
            end += 1
        versions = ShardVersions()
        if before is not None:
            versions = replace(
                before.versions, head=before.versions.head + 1, resources=before.versions.resources + 1
            )
        have = () if before is None else before.chunks
        after = replace(shard, op="import", chunks=(*have, *chunks[written:end]), versions=versions)
        yield ShardChange(before=before, after=after)
        before, written = after, end


def _chunks(shard: Shard, protocol: Protocol) -> list[Chunk]:
    """The shard's ids as documents of this protocol."""
    whole = shard.chunks[0]
    if protocol is Protocol.SEED:
        return [replace(whole, version=0)]
    ids = [whole.ids[start : start + CHUNK_IDS] for start in range(0, len(whole.ids), CHUNK_IDS)]
    chunks = [Chunk(ids=part) for part in ids]
    for entry in whole.releasing:
        for start in range(0, len(entry.ids), CHUNK_IDS):
            part: Releasing = replace(entry, ids=entry.ids[start : start + CHUNK_IDS])
            chunks.append(Chunk(releasing=(part,)))
    return chunks


async def _commit(store: Store, office: Office, transaction: Transaction) -> KindState:
    kind = transaction.kind
    try:
        result = await store.commit(transaction, office)
    except TooLarge as error:
        shards = ", ".join(str(change.number) for change in transaction.changes)
        raise TooLarge(
            f"{kind}: shard {shards} is too large for one document of the store ({error});"
            " set protocol: v1 for the kind, or orchestrate it onto more shards before the export"
        ) from error
    if isinstance(result, Committed):
        return transaction.after
    if isinstance(result, Ambiguous):
        raise Unavailable(f"{kind}: the store's answer was lost ({result.detail}); run the import again")
    raise Unavailable(f"{kind}: somebody else changed the store meanwhile ({result.detail})")
