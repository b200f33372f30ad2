"""The document that says which layout the store has, and what of it a program can do. Pure."""

from __future__ import annotations

from orchestrator.errors import Permanent
from orchestrator.ports import Candidate, Span, StoreLayout
from orchestrator.store.document import Document, Fields, encode
from orchestrator.store.migration import FIRST
from orchestrator.store.operations import Create, Operation, Set


def decode_layout(path: str, document: Document | None) -> StoreLayout:
    """A store without the document has the first layout. Raises Permanent."""
    if document is None:
        return StoreLayout(layout=FIRST)
    fields = Fields.of(path, document.body)
    coming = fields.integer("next") if fields.has("next") else None
    return StoreLayout(layout=fields.integer("layout"), next=coming, at=document.version)


def declaring(path: str, before: StoreLayout, after: StoreLayout) -> Operation:
    """The write of ``after`` over ``before``."""
    members = {"layout": after.layout} | ({} if after.next is None else {"next": after.next})
    body = encode(members)
    return Create(path, body) if before.at is None else Set(path, body, before.at)


def unfit(found: StoreLayout, span: Span) -> str:
    """Why a program of this span may not lead on this store; empty: it may."""
    if found.written > span.newest:
        is_under_way = found.next is not None and found.layout <= span.newest
        has = "is being converted to" if is_under_way else "has"
        return (
            f"the store {has} layout {found.written}, and this program reads and writes {span}:"
            " it is too old to lead, run the version of the other replicas"
        )
    if found.layout < span.oldest:
        return (
            f"the store has layout {found.layout}, and this program reads and writes {span}:"
            " it is too new to lead, run a version between them first and finalize there"
            " (shardwright upgrade finalize)"
        )
    return ""


def encode_candidate(candidate: Candidate) -> bytes:
    span = candidate.span
    return encode(
        {
            "holder": candidate.holder,
            "url": candidate.url,
            "layouts": [span.oldest, span.newest],
        }
    )


def decode_candidate(path: str, body: bytes) -> Candidate:
    """A program that writes nothing there knows the first layout only. Raises Permanent."""
    first = Span(oldest=FIRST, newest=FIRST)
    if not body:
        return Candidate(holder="", url="", span=first)
    fields = Fields.of(path, body)
    ends = fields.integers("layouts")
    if len(ends) != 2:
        raise Permanent(f"{path}: 'layouts' must be the oldest and the newest, found {list(ends)}")
    return Candidate(
        holder=fields.text("holder", ""),
        url=fields.text("url", ""),
        span=Span(oldest=ends[0], newest=ends[1]),
    )
