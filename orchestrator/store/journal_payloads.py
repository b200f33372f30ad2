"""The payloads of recorded inputs: bounded by bytes beside the lines, read back oldest first."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

import sqlalchemy as sa

from orchestrator.ports import JournalLine, Recorded
from orchestrator.store.journal_insert import insert
from orchestrator.store.journal_tables import LINES, PAYLOADS, line_of, payload_of, storable

AT_ONCE_BYTES = 4 * 1024 * 1024
"""Of payloads in one answer; more only where a single one is larger."""

KEPT_OF_FULL = 0.9


def add_payloads(
    connection: sa.Connection, lines: Sequence[JournalLine], held: int | None, most: int
) -> int | None:
    """Write the payloads of these lines, and let the oldest go where all are more than ``most`` bytes.

    ``held``: bytes that there are, None: not counted yet. Returns what there is then.
    """
    rows = [payload_of(line) for line in lines if line.payload != ()]
    if not rows:
        return held
    # A payload may be as large as a kind: each stands in a statement of its own beyond some size.
    small = [row for row in rows if row[1] < AT_ONCE_BYTES]
    insert(connection, PAYLOADS, small)
    for row in rows:
        if row[1] >= AT_ONCE_BYTES:
            insert(connection, PAYLOADS, [row])
    held = _counted(connection) if held is None else held + sum(row[1] for row in rows)
    return held if held <= most else _prune(connection, most)


def _counted(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(PAYLOADS.c.size), 0))).scalar_one())


def _prune(connection: sa.Connection, most: int) -> int:
    """Counted anew: lines that went took their payloads with them."""
    held = _counted(connection)
    first: int | None = None
    if held > most:
        sizes = sa.select(PAYLOADS.c.sequence, PAYLOADS.c.size).order_by(PAYLOADS.c.sequence)
        for sequence, size in connection.execute(sizes):
            if held <= most * KEPT_OF_FULL:
                first = sequence
                break
            held -= size
        everything = PAYLOADS.c.sequence >= 0 if first is None else PAYLOADS.c.sequence < first
        connection.execute(sa.delete(PAYLOADS).where(everything))
    return held


def read_recorded(connection: sa.Connection, kind: str, after: int, limit: int) -> list[Recorded]:
    """The lines of a kind after ``after`` with their payloads, oldest first."""
    wanted = sa.select(LINES, PAYLOADS.c.size).outerjoin(PAYLOADS, PAYLOADS.c.sequence == LINES.c.sequence)
    wanted = wanted.where(LINES.c.kind == storable(kind), LINES.c.sequence > after)
    rows = connection.execute(wanted.order_by(LINES.c.sequence).limit(limit)).mappings().all()
    taken, size = 0, 0
    for row in rows:
        size += row["size"] or 0
        if taken and size > AT_ONCE_BYTES:
            break
        taken += 1
    rows = rows[:taken]
    if not rows:
        return []
    first, last = rows[0]["sequence"], rows[-1]["sequence"]
    held = sa.select(PAYLOADS.c.sequence, PAYLOADS.c.body)
    held = held.where(PAYLOADS.c.sequence >= first, PAYLOADS.c.sequence <= last)
    named = {row["sequence"] for row in rows if row["size"] is not None}
    bodies = {n: b64decode(body) for n, body in connection.execute(held) if n in named}
    return [Recorded(line=line_of(row), body=bodies.get(row["sequence"], b"")) for row in rows]
