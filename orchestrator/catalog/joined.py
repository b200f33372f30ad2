"""Ids read from PostgreSQL as few long texts: a row for each costs the interpreter more than the database.

Only where the database tells different ids apart as we do, and where nothing but the id is read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Text, cast, func, literal, select

from orchestrator.catalog.idtype import IdType
from orchestrator.catalog.shape import Shape

BETWEEN = "\n"
"""No id that can be placed holds one; a page whose ids do is told by its count."""


def listed(connection: Connection, shape: Shape, page_size: int) -> list[str] | None:
    """All ids of the snapshot that the connection reads; None where they cannot be read so."""
    if connection.dialect.driver != "psycopg" or shape.id_type is not IdType.TEXT or shape.ties:
        return None
    ids: list[str] = []
    after: Any = shape.id.is_not(None)
    while True:
        page = shape.query.add_columns(shape.id.label("key")).where(after).order_by(shape.id)
        rows = page.limit(page_size).subquery()
        text = func.string_agg(cast(rows.c[0], Text), literal(BETWEEN))
        # The greatest as the index orders them, whatever the order in the text.
        row = connection.execute(select(text, func.count(), func.max(rows.c.key))).one()
        joined, count, last = row
        if not count:
            return ids
        found = joined.split(BETWEEN)
        if len(found) != count:
            return None
        ids += found
        if count < page_size:
            return ids
        after = shape.id > last
