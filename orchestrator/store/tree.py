"""A kind of the model from the documents of its tree. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.core.documents import shard_with
from orchestrator.core.model import Chunk, KindState, Protocol, Shard, ShardVersions
from orchestrator.core.papers import Paper, is_paper_name
from orchestrator.errors import Permanent
from orchestrator.ports import Loaded
from orchestrator.store.codec import decode_chunk, decode_head, decode_kind, decode_reload
from orchestrator.store.document import Document, Fields
from orchestrator.store.layout import Layout, chunk_of, number_in, reload_of, resources_of

UNWRITTEN = -1
"""The version of a kind that has shards, as the seed left them, but no desired state yet."""


def kinds_among(paths: Iterable[str], layout: Layout) -> list[str]:
    """The kinds of which any of these documents speaks: a desired state, or a shard."""
    states, prefix = layout.kinds + "/", layout.root + "/"
    kinds: set[str] = set()
    for path in paths:
        if path.startswith(states):
            kinds.add(path[len(states) :])
        elif path.startswith(prefix) and not path.startswith(prefix + "_"):
            kinds.add(path[len(prefix) :].split("/", 1)[0])
    return sorted(kinds)


def protocol_of(kind: str, protocols: Mapping[str, Protocol]) -> Protocol:
    """In which form a kind is to be written. Raises Permanent for a kind that is not configured."""
    if kind not in protocols:
        raise Permanent(f"the kind {kind!r} is not configured, so nothing is written for it")
    return protocols[kind]


def decode_tree(
    kind: str, documents: Mapping[str, Document], layout: Layout, protocol: Protocol | None
) -> Loaded | None:
    """The kind that these documents are, or None when they hold neither its state nor a shard.

    ``documents``: by path, one consistent read of ``_kinds/{kind}``, its papers and all below ``{kind}``.
    ``protocol``: None takes either form. Shards without a state (a tree of the seed) come with a
    state at version ``UNWRITTEN``; a transaction on it creates the state.

    Raises Permanent, which names the path, for a document that is missing, of the wrong form, or
    one that the kind should not have.
    """
    numbers = _shard_numbers(layout.shards(kind), documents)
    path = layout.kind(kind)
    if path not in documents and not numbers:
        return None
    shards = {number: _shard(layout.shard(kind, number), number, documents, protocol) for number in numbers}
    _reject_stray_chunks(layout, kind, shards, documents)
    if path in documents:
        papers = _papers(layout.papers(kind), documents)
        return Loaded(state=decode_kind(kind, path, documents[path]), shards=shards, papers=papers)
    highest = max((shard.incarnation for shard in shards.values()), default=0)
    state = KindState(kind=kind, shards=len(shards), next_incarnation=highest + 1, version=UNWRITTEN)
    return Loaded(state=state, shards=shards)


def _papers(parent: str, documents: Mapping[str, Document]) -> dict[str, Paper]:
    """What bears no name that a paper may have is somebody else's: no export takes it along, either."""
    prefix = parent + "/"
    return {
        name: Paper(name=name, body=document.body, version=document.version)
        for path, document in documents.items()
        if path.startswith(prefix) and is_paper_name(name := path.removeprefix(prefix))
    }


def _shard_numbers(parent: str, documents: Mapping[str, Document]) -> list[int]:
    prefix = parent + "/"
    names = {path[len(prefix) :].split("/", 1)[0] for path in documents if path.startswith(prefix)}
    return sorted(number_in(name, prefix + name) for name in names)


def _shard(path: str, number: int, documents: Mapping[str, Document], protocol: Protocol | None) -> Shard:
    head, reload = _there(path, documents), _there(reload_of(path), documents)
    resources = _there(resources_of(path), documents)
    fields = Fields.of(resources_of(path), resources.body)
    found = Protocol.V1 if "chunks" in fields else Protocol.SEED
    if protocol is not None and protocol is not found:
        raise Permanent(
            f"{resources_of(path)} is in the form of protocol {found}, but the kind is set to {protocol}:"
            f" set protocol: {found}, or export it and import that into an empty store"
        )
    if found is Protocol.SEED:
        if chunk_of(path, 0) in documents:
            raise Permanent(f"{chunk_of(path, 0)} is there, but the ids stand in {resources_of(path)}")
        chunks: tuple[Chunk, ...] = (decode_chunk(fields, resources.version),)
    else:
        chunks = _chunks(path, fields.integer("chunks"), documents)
    return shard_with(
        decode_head(number, path, head),
        chunks,
        generation=decode_reload(reload_of(path), reload),
        versions=ShardVersions(
            head=head.version,
            reload=reload.version,
            # The seed's list is a chunk and has its version there.
            resources=0 if found is Protocol.SEED else resources.version,
        ),
    )


def _chunks(path: str, count: int, documents: Mapping[str, Document]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    for number in range(count):
        at = chunk_of(path, number)
        document = _there(at, documents)
        chunks.append(decode_chunk(Fields.of(at, document.body), document.version))
    return tuple(chunks)


def _there(path: str, documents: Mapping[str, Document]) -> Document:
    document = documents.get(path)
    if document is None:
        raise Permanent(f"{path} is missing")
    return document


def _reject_stray_chunks(
    layout: Layout, kind: str, shards: Mapping[int, Shard], documents: Mapping[str, Document]
) -> None:
    """A list of ids that no count covers would be owned by nobody's knowledge: refuse to read on."""
    prefix = layout.shards(kind) + "/"
    for path in documents:
        if "/resources/" not in path:
            continue
        parts = path.removeprefix(prefix).split("/") if path.startswith(prefix) else ()
        if len(parts) < 3 or parts[1] != "resources":
            continue
        if len(parts) > 3 or number_in(parts[2], path) >= len(shards[int(parts[0])].chunks):
            raise Permanent(f"{path} is not one of the chunks that its shard counts")
