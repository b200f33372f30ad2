"""Changes of accounts within a transaction, each in its turn."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from orchestrator.core.access import Role, role_of
from orchestrator.ports.accounts import Changed, Session, Token, User
from orchestrator.store.accounts_tables import LOCK, SESSIONS, TOKENS, USERS, user_of, written


def take_turn(connection: sa.Connection) -> None:
    """A write comes first: it takes the lock under which nobody else looks in order to change."""
    connection.execute(sa.update(LOCK).values(changes=LOCK.c.changes + 1))


KEPT_S = 30 * 86400.0
"""For so long tokens that count no more are still listed."""


def add(
    connection: sa.Connection, table: sa.Table, same: sa.ColumnElement[bool], value: User | Token | Session
) -> Changed:
    take_turn(connection)
    if connection.execute(sa.select(sa.literal(1)).select_from(table).where(same)).first() is not None:
        return Changed.TAKEN
    connection.execute(sa.insert(table).values(written(value)))
    return Changed.DONE


def change_user(connection: sa.Connection, user: User) -> Changed:
    take_turn(connection)
    before = _user(connection, user.name)
    if before is None:
        return Changed.ABSENT
    if before.version != user.version - 1:
        return Changed.STALE
    if not _rules(user) and not _others_rule(connection, before):
        return Changed.LAST_ADMIN
    connection.execute(sa.update(USERS).where(USERS.c.name == user.name).values(written(user)))
    if user.is_disabled or user.password != before.password:
        _sign_out(connection, SESSIONS.c.name == user.name)
    return Changed.DONE


def remove_user(connection: sa.Connection, name: str) -> Changed:
    take_turn(connection)
    before = _user(connection, name)
    if before is None:
        return Changed.ABSENT
    if not _others_rule(connection, before):
        return Changed.LAST_ADMIN
    own = sa.select(TOKENS.c.id).where(TOKENS.c.owner == name)
    _sign_out(connection, (SESSIONS.c.name == name) | SESSIONS.c.token.in_(own))
    connection.execute(sa.delete(TOKENS).where(TOKENS.c.owner == name))
    connection.execute(sa.delete(USERS).where(USERS.c.name == name))
    return Changed.DONE


def revoke_token(connection: sa.Connection, token_id: str, at: float) -> Changed:
    take_turn(connection)
    is_live = TOKENS.c.revoked.is_(None)
    ids: set[Any] = set(connection.scalars(sa.select(TOKENS.c.id).where((TOKENS.c.id == token_id) & is_live)))
    if not ids:
        return Changed.ABSENT
    made = ids
    while made:
        made = set(connection.scalars(sa.select(TOKENS.c.id).where(TOKENS.c.parent.in_(made)))) - ids
        ids |= made
    connection.execute(sa.update(TOKENS).where(TOKENS.c.id.in_(ids) & is_live).values(revoked=at))
    _sign_out(connection, SESSIONS.c.token.in_(ids))
    return Changed.DONE


def add_token(connection: sa.Connection, token: Token) -> Changed:
    long_ago = token.created - KEPT_S
    is_over = (TOKENS.c.expires < long_ago) | (TOKENS.c.revoked < long_ago)
    take_turn(connection)
    connection.execute(sa.delete(TOKENS).where(is_over))
    if _user(connection, token.owner) is None or not _has_parent(connection, token):
        return Changed.ABSENT
    return add(connection, TOKENS, TOKENS.c.id == token.id, token)


def _has_parent(connection: sa.Connection, token: Token) -> bool:
    """Whether the token that makes this one, where one does, has not been revoked meanwhile."""
    if token.parent is None:
        return True
    is_live = (TOKENS.c.id == token.parent) & TOKENS.c.revoked.is_(None)
    return connection.execute(sa.select(TOKENS.c.id).where(is_live)).first() is not None


def _user(connection: sa.Connection, name: str) -> User | None:
    row = connection.execute(sa.select(USERS).where(USERS.c.name == name)).mappings().first()
    return None if row is None else user_of(row)


def _rules(user: User) -> bool:
    return not user.is_disabled and role_of(user.grants, None) is Role.ADMIN


def _others_rule(connection: sa.Connection, user: User) -> bool:
    """Whether somebody may do everything without this user, who perhaps may not either."""
    if not _rules(user):
        return True
    others = connection.execute(sa.select(USERS).where(USERS.c.name != user.name)).mappings()
    return any(_rules(user_of(row)) for row in others)


def _sign_out(connection: sa.Connection, who: sa.ColumnElement[bool]) -> None:
    connection.execute(sa.delete(SESSIONS).where(who))
