"""Accounts in a SQL database: SQLite beside the store, or PostgreSQL for several orchestrators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from orchestrator.ports.accounts import Changed, Session, Token, User
from orchestrator.store import accounts_changes as changes
from orchestrator.store.accounts_private import keep_private
from orchestrator.store.accounts_tables import (
    LOCK,
    SCHEMA,
    SESSIONS,
    TOKENS,
    USERS,
    session_of,
    token_of,
    user_of,
    written,
)
from orchestrator.store.sql_thread import SqlThread

Result = TypeVar("Result")


class SqlAccounts:
    """Made by ``open``."""

    def __init__(self, url: str, first: Callable[[], User] | None = None) -> None:
        self._database = SqlThread(url, SCHEMA, of="account register", also=self._begin, is_durable=True)
        self._url = url
        self._first = first

    @classmethod
    async def open(
        cls, url: str, *, first: Callable[[], User] | None = None, required: bool = True
    ) -> SqlAccounts:
        """Open the accounts and make their tables. ``url`` as SQLAlchemy takes it.

        ``first``: gives the first user where there is none; called at most once over all replicas.
        ``required``: whether the database must answer now; else it may come later, and is prepared then.
        Raises Permanent when the database cannot be used, Unavailable when it does not answer, ConfigError
        when its driver is not installed.
        """
        accounts = cls(url, first)
        await accounts._database.open(required=required)
        return accounts

    async def users(self) -> Sequence[User]:
        rows = sa.select(USERS).order_by(USERS.c.name)
        return await self._run(lambda on: [user_of(row) for row in on.execute(rows).mappings()])

    async def user(self, name: str) -> User | None:
        row = await self._one(sa.select(USERS).where(USERS.c.name == name))
        return None if row is None else user_of(row)

    async def add_user(self, user: User) -> Changed:
        return await self._run(lambda on: changes.add(on, USERS, USERS.c.name == user.name, user))

    async def change_user(self, user: User) -> Changed:
        return await self._run(lambda on: changes.change_user(on, user))

    async def remove_user(self, name: str) -> Changed:
        return await self._run(lambda on: changes.remove_user(on, name))

    async def tokens(self, owner: str | None = None) -> Sequence[Token]:
        rows = sa.select(TOKENS).order_by(TOKENS.c.created.desc(), TOKENS.c.id)
        wanted = rows if owner is None else rows.where(TOKENS.c.owner == owner)
        return await self._run(lambda on: [token_of(row) for row in on.execute(wanted).mappings()])

    async def token(self, token_id: str) -> Token | None:
        row = await self._one(sa.select(TOKENS).where(TOKENS.c.id == token_id))
        return None if row is None else token_of(row)

    async def add_token(self, token: Token) -> Changed:
        return await self._run(lambda on: changes.add_token(on, token))

    async def revoke_token(self, token_id: str, *, at: float) -> Changed:
        return await self._run(lambda on: changes.revoke_token(on, token_id, at))

    async def used_token(self, token_id: str, *, at: float) -> None:
        await self._write(sa.update(TOKENS).where(TOKENS.c.id == token_id).values(last_used=at))

    async def session(self, digest: str) -> Session | None:
        row = await self._one(sa.select(SESSIONS).where(SESSIONS.c.digest == digest))
        return None if row is None else session_of(row)

    async def add_session(self, session: Session, *, idle: float) -> None:
        def add(connection: sa.Connection) -> None:
            now = session.created
            is_over = (SESSIONS.c.expires <= now) | (SESSIONS.c.used <= now - idle)
            connection.execute(sa.delete(SESSIONS).where(is_over))
            connection.execute(sa.insert(SESSIONS).values(written(session)))

        await self._run(add)

    async def used_session(self, digest: str, *, at: float) -> None:
        await self._write(sa.update(SESSIONS).where(SESSIONS.c.digest == digest).values(used=at))

    async def end_session(self, digest: str) -> Changed:
        ended = await self._write(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest))
        return Changed.DONE if ended else Changed.ABSENT

    async def close(self) -> None:
        """Finish what was begun and let go of the database. May be repeated."""
        await self._database.close()

    async def _one(self, rows: sa.Select[Any]) -> sa.RowMapping | None:
        return await self._run(lambda connection: connection.execute(rows).mappings().first())

    async def _write(self, statement: sa.Update | sa.Delete) -> int:
        return await self._run(lambda connection: connection.execute(statement).rowcount)

    async def _run(self, work: Callable[[sa.Connection], Result]) -> Result:
        def on_thread() -> Result:
            with self._database.transaction() as connection:
                return work(connection)

        return await self._database.run(on_thread)

    def _begin(self, connection: sa.Connection) -> None:
        keep_private(self._url)
        if connection.execute(sa.select(LOCK.c.changes)).first() is None:
            connection.execute(sa.insert(LOCK).values(only=0, changes=0))
        changes.take_turn(connection)
        if self._first is not None and connection.execute(sa.select(USERS.c.name)).first() is None:
            connection.execute(sa.insert(USERS).values(written(self._first())))
