"""The journal's tables, and lines as rows of them."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import Any

import sqlalchemy as sa

from orchestrator.core.model import id_fault
from orchestrator.ports import JournalFilter, JournalLine
from orchestrator.replay.packing import pack
from orchestrator.store.sql_schema import Schema

METADATA = sa.MetaData()
SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

LINES = sa.Table(
    "journal",
    METADATA,
    sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("shard", sa.BigInteger),
    sa.Column("to_shard", sa.BigInteger),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("op", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("ids", sa.JSON, nullable=False),
    sa.Index("journal_by_kind", "kind", "sequence"),
)

SUBJECTS = sa.Table(
    "journal_subjects",
    METADATA,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Index("journal_subjects_by_sequence", "sequence"),
)

PAYLOADS = sa.Table(
    "journal_payloads",
    METADATA,
    sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""What inputs were beside their lines, packed, as base64: none of the readers of lines pays for it."""

COUNTER = sa.Table(
    "journal_counter",
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", SEQUENCE, nullable=False),
)
"""One row. Sequences taken from it under its lock are in the order of the commits, so a reader that
asks for what is after a number misses nothing; a database's own sequences would not give that."""

SCHEMA = Schema("journal", METADATA, "1.2")

MAX_SUBJECTS = 128
MOST = 2**62


def row_of(line: JournalLine) -> tuple[Any, ...]:
    """A value for each column of ``LINES``, in order."""
    return (
        line.sequence,
        line.at,
        storable(line.kind),
        storable(line.verb),
        storable(line.reason),
        line.shard,
        line.to,
        line.count,
        storable(line.detail),
        storable(line.op),
        storable(line.actor),
        json.dumps(dict(line.data)) if line.data else "{}",
        json.dumps(line.ids),
    )


def subjects_of(line: JournalLine) -> list[tuple[Any, ...]]:
    """A value for each column of ``SUBJECTS``, in order, for each id that the line is found by."""
    keys = dict.fromkeys([subject_key(resource_id) for resource_id in line.ids[:MAX_SUBJECTS]])
    kind = storable(line.kind)
    return [(key, line.sequence, kind) for key in keys]


def payload_of(line: JournalLine) -> tuple[Any, ...]:
    """A value for each column of ``PAYLOADS``, in order."""
    body = b64encode(pack(line.payload)).decode()
    return (line.sequence, len(body), body)


def line_of(row: sa.RowMapping) -> JournalLine:
    return JournalLine(
        sequence=row["sequence"],
        at=row["at"],
        kind=row["kind"],
        verb=row["verb"],
        reason=row["reason"],
        shard=row["shard"],
        to=row["to_shard"],
        count=row["count"],
        detail=row["detail"],
        op=row["op"],
        actor=row["actor"],
        data=row["data"],
        ids=tuple(row["ids"]),
    )


def wanted_rows(wanted: JournalFilter) -> sa.Select[Any]:
    """The rows that a filter wants, newest first. A shard is named as the source or as the target."""
    rows = sa.select(LINES)
    if wanted.resource_id is not None:
        rows = rows.join(SUBJECTS, SUBJECTS.c.sequence == LINES.c.sequence)
        rows = rows.where(SUBJECTS.c.resource_id == subject_key(wanted.resource_id))
    if wanted.kind is not None:
        rows = rows.where(LINES.c.kind == storable(wanted.kind))
    if wanted.shard is not None:
        shard = _bounded(wanted.shard)
        rows = rows.where(sa.or_(LINES.c.shard == shard, LINES.c.to_shard == shard))
    if wanted.verb is not None:
        rows = rows.where(LINES.c.verb == storable(wanted.verb))
    if wanted.reason is not None:
        rows = rows.where(LINES.c.reason == storable(wanted.reason))
    if wanted.since is not None:
        rows = rows.where(LINES.c.at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(LINES.c.at < wanted.until)
    if wanted.before is not None:
        rows = rows.where(LINES.c.sequence < _bounded(wanted.before))
    if wanted.after is not None:
        rows = rows.where(LINES.c.sequence > _bounded(wanted.after))
    return rows.order_by(LINES.c.sequence.desc()).limit(_bounded(max(0, wanted.limit)))


def _bounded(number: int) -> int:
    # No database takes a larger one, and nothing in the journal is that large.
    return max(-MOST, min(MOST, number))


def subject_key(resource_id: str) -> str:
    """What an id is found by: itself, or a digest where it is no id at all (too long, not storable)."""
    if id_fault(resource_id) is None:
        return resource_id
    return "sha256:" + hashlib.sha256(resource_id.encode("utf-8", "surrogatepass")).hexdigest()


def storable(text: str) -> str:
    """The text with what no database stores as text (lone surrogates, NUL) written as escapes."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
