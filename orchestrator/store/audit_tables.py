"""The audit trail's tables, lines as rows of them, and what keeps rows from being changed by mistake."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sa

from orchestrator.core.audit_trail import AuditLine, Outcome, canonical
from orchestrator.ports.audit import AuditFilter
from orchestrator.store.sql_schema import Schema

METADATA = sa.MetaData()
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

LINES = sa.Table(
    "audit",
    METADATA,
    sa.Column("sequence", _SEQUENCE, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in ("actor", "source", "remote", "request_id", "method", "route", "kind", "target")
    ),
    sa.Column("plan", sa.BigInteger),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("status", sa.BigInteger),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("audit_by_actor", "actor", "sequence"),
    sa.Index("audit_by_request", "request_id"),
    sa.Index("audit_by_target", "target", "sequence"),
)

BEGUN = sa.Table(
    "audit_begun",
    METADATA,
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
)
"""What is being done. It becomes a line when it is finished, or when nobody can finish it any more."""

HEAD = sa.Table(
    "audit_head",
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sequence", _SEQUENCE, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
"""One row. Who appends holds its lock, so that several servers append to one chain."""

SCHEMA: Final = Schema("audit", METADATA, "1.2")

_REFUSED: Final = "lines of the audit trail are never changed"
GUARDS: Final = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_{act} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for act in ("update", "delete")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
        "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ),
}
"""Against mistakes; who may change tables can drop them, and then the chain shows it."""

_MOST = 2**62


def row_of(line: AuditLine) -> dict[str, Any]:
    return {
        **asdict(line),
        "before": None if line.before is None else canonical(line.before),
        "after": None if line.after is None else canonical(line.after),
        "outcome": line.outcome.value,
    }


def line_of(row: Any) -> AuditLine:
    """Of a row, which may have been changed by hand. Raises ValueError for what no line can be."""
    named = dict(row)
    try:
        for name in ("before", "after"):
            named[name] = None if named[name] is None else json.loads(named[name])
        return AuditLine(**named | {"outcome": Outcome(named["outcome"])})
    except (TypeError, ValueError) as exc:
        raise ValueError(f"line {named['sequence']}: {exc}") from exc


def packed(line: AuditLine) -> str:
    return canonical(asdict(line))


def unpacked(text: str) -> AuditLine:
    found = json.loads(text)
    return AuditLine(**found | {"outcome": Outcome(found["outcome"])})


def wanted_rows(wanted: AuditFilter) -> sa.Select[Any]:
    rows = sa.select(LINES)
    for name in ("actor", "kind", "outcome", "request_id", "target"):
        value: str | None = getattr(wanted, name)
        if value is not None:
            rows = rows.where(LINES.c[name] == _asked(value))
    if wanted.before is not None:
        rows = rows.where(LINES.c.sequence < min(wanted.before, _MOST))
    if wanted.after is not None:
        rows = rows.where(LINES.c.sequence > min(wanted.after, _MOST))
    order = LINES.c.sequence.desc() if wanted.after is None else LINES.c.sequence
    return rows.order_by(order).limit(max(0, wanted.limit))


def _asked(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
