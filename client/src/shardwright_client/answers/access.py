"""Users and API tokens."""

from __future__ import annotations

from typing import TypedDict


class User(TypedDict):
    """Times are seconds of the epoch; ``version`` grows by one with every change."""

    name: str
    grants: list[str]
    disabled: bool
    createdAt: float
    changedAt: float
    version: int


class Token(TypedDict):
    """Times are seconds of the epoch. ``lastUsedAt`` is kept to the minute."""

    id: str
    name: str
    owner: str
    grants: list[str]
    createdAt: float
    expiresAt: float
    lastUsedAt: float | None
    revokedAt: float | None


class MadeToken(Token):
    """``token``: the secret, shown this once."""

    token: str


class Password(TypedDict):
    changed: bool
