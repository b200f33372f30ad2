"""What people were told of alarms, in the journal's database: the next leader goes on with it."""

from __future__ import annotations

import sqlalchemy as sa

from orchestrator.store.sql_schema import Schema
from orchestrator.store.sql_thread import SqlThread

METADATA = sa.MetaData()
BOOK = sa.Table(
    "alert_book",
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
)
SCHEMA = Schema("alert_book", METADATA, "1.1")


class SqlAlertBook:
    """``AlertBook``; connects at first use. Raises ConfigError and Permanent for an unusable URL."""

    def __init__(self, url: str) -> None:
        self._database = SqlThread(url, SCHEMA, of="book of alarms")

    async def load(self) -> str:
        return await self._database.run(self._load)

    async def save(self, text: str) -> None:
        await self._database.run(lambda: self._save(text))

    async def close(self) -> None:
        """May be repeated."""
        await self._database.close()

    def _load(self) -> str:
        with self._database.transaction() as connection:
            found = connection.execute(sa.select(BOOK.c.body)).scalar()
        return "" if found is None else str(found)

    def _save(self, text: str) -> None:
        with self._database.transaction() as connection:
            changed = connection.execute(sa.update(BOOK).values(body=text).returning(BOOK.c.only)).first()
            if changed is None:
                connection.execute(sa.insert(BOOK).values(only=0, body=text))
