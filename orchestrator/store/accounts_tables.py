"""The tables of accounts, and users, tokens and sessions as rows of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from orchestrator.core.access import Grant, Role
from orchestrator.ports.accounts import Session, Token, User
from orchestrator.store.sql_schema import Schema

METADATA = sa.MetaData()

LOCK = sa.Table(
    "access_lock",
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("changes", sa.BigInteger, nullable=False),
)
"""One row, written first by whatever looks before it changes: so two of them are in turn."""

USERS = sa.Table(
    "access_users",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("grants", sa.Text, nullable=False),
    sa.Column("is_disabled", sa.Boolean, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("changed", sa.Double, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)

TOKENS = sa.Table(
    "access_tokens",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False, index=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("grants", sa.Text, nullable=False),
    sa.Column("parent", sa.Text, index=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("last_used", sa.Double),
    sa.Column("revoked", sa.Double),
)

SESSIONS = sa.Table(
    "access_sessions",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("token", sa.Text, index=True),
    sa.Column("grants", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("used", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
)

SCHEMA = Schema("accounts", METADATA, "1.1")


def written(value: User | Token | Session) -> dict[str, Any]:
    """The columns of a row."""
    row = {name: getattr(value, name) for name in value.__slots__}
    return row | {"grants": written_grants(value.grants)}


def user_of(row: sa.RowMapping) -> User:
    return User(**{**row, "grants": _grants(row["grants"])})


def token_of(row: sa.RowMapping) -> Token:
    return Token(**{**row, "grants": _grants(row["grants"])})


def session_of(row: sa.RowMapping) -> Session:
    return Session(**{**row, "grants": _grants(row["grants"])})


def written_grants(grants: Iterable[Grant]) -> str:
    return json.dumps([[int(grant.role), grant.kind] for grant in grants])


def _grants(text: str) -> tuple[Grant, ...]:
    return tuple(Grant(Role(role), kind) for role, kind in json.loads(text))
