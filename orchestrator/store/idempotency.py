"""The keys of requests in the journal's database: so they hold when another replica leads."""

from __future__ import annotations

import zlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from orchestrator.ports.idempotency import KEPT_S, MOST_BODY_BYTES, MOST_KEYS, Begun, KeptAnswer
from orchestrator.store.sql_schema import Schema
from orchestrator.store.sql_thread import SqlThread

METADATA = sa.MetaData()
KEYS = sa.Table(
    "idempotency",
    METADATA,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("media_type", sa.Text, nullable=False, default=""),
    sa.Column("tag", sa.Text, nullable=False, default=""),
    sa.Column("body", sa.LargeBinary),
    sa.Index("idempotency_by_age", "principal", "at"),
)
SCHEMA = Schema("idempotency", METADATA, "1.1")

PRUNED_EVERY = 64
"""Keys begun here between two looks for those that are over."""


class SqlIdempotency:
    """``Idempotency``; connects at first use. ``most``: keys of one principal.

    Raises ConfigError and Permanent for a URL that cannot be used.
    """

    def __init__(self, url: str, most: int = MOST_KEYS) -> None:
        self._database = SqlThread(url, SCHEMA, of="keys of requests")
        self._most = most
        self._begun = 0

    async def begin(self, principal: str, key: str, begun: Begun) -> Begun | None:
        return await self._database.run(lambda: self._begin(principal, key, begun))

    async def finish(self, principal: str, key: str, answer: KeptAnswer) -> None:
        body = answer.body
        packed = None if body is None or len(body) > MOST_BODY_BYTES else zlib.compress(body, 1)
        change = (
            sa.update(KEYS)
            .where(_is(principal, key))
            .values(status=answer.status, media_type=answer.media_type, tag=answer.tag, body=packed)
        )
        await self._database.run(lambda: self._execute(change))

    async def abandon(self, principal: str, key: str) -> None:
        await self._database.run(lambda: self._execute(sa.delete(KEYS).where(_is(principal, key))))

    async def close(self) -> None:
        """May be repeated."""
        await self._database.close()

    # --- on the thread ---

    def _begin(self, principal: str, key: str, begun: Begun) -> Begun | None:
        values = {
            "principal": principal,
            "key": key,
            "digest": begun.digest,
            "at": begun.at,
            "by": begun.by,
            "media_type": "",
            "tag": "",
        }
        with self._database.transaction() as connection:
            # A write comes first, so that SQLite takes its lock before anything is read.
            connection.execute(sa.delete(KEYS).where(_is(principal, key), KEYS.c.at < begun.at - KEPT_S))
            taken = connection.execute(_insert(connection).values(values).returning(KEYS.c.key)).first()
            if taken is not None:
                self._begun += 1
                if self._begun % PRUNED_EVERY == 1:
                    self._prune(connection, principal, begun.at)
                return None
            found = connection.execute(sa.select(KEYS).where(_is(principal, key))).mappings().one()
        answer = None
        if found["status"] is not None:
            body = None if found["body"] is None else zlib.decompress(found["body"])
            answer = KeptAnswer(
                status=found["status"], media_type=found["media_type"], tag=found["tag"], body=body
            )
        return Begun(digest=found["digest"], at=found["at"], by=found["by"], answer=answer)

    def _prune(self, connection: sa.Connection, principal: str, now: float) -> None:
        connection.execute(sa.delete(KEYS).where(KEYS.c.at < now - KEPT_S))
        newest_of_the_old = (
            sa.select(KEYS.c.at)
            .where(KEYS.c.principal == principal)
            .order_by(KEYS.c.at.desc())
            .offset(self._most)
            .limit(1)
        )
        bound = connection.execute(newest_of_the_old).scalar()
        if bound is not None:
            connection.execute(sa.delete(KEYS).where(KEYS.c.principal == principal, KEYS.c.at <= bound))

    def _execute(self, statement: sa.Executable) -> None:
        with self._database.transaction() as connection:
            connection.execute(statement)


def _is(principal: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(KEYS.c.principal == principal, KEYS.c.key == key)


def _insert(connection: sa.Connection) -> Any:
    """That does nothing where the key is taken; it waits for another who takes it at this moment."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(KEYS).on_conflict_do_nothing()
