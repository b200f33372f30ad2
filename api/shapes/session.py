"""Who is signed in, and signing in."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.shapes.base import Shape, Text, Wish
from orchestrator.core.access import Principal, Role


class SessionShape(Shape):
    """``name`` null: nobody is signed in. ``role``: for what belongs to no kind; ``kinds``: role by kind.

    ``csrf``: what a change by cookie sends as ``X-Shardwright-Csrf``; null where there is no such session.
    ``expiresAt``: seconds of the epoch. ``signIn``: with what one can sign in.
    """

    mode: str
    name: Text | None
    source: str | None
    role: str
    kinds: dict[str, str]
    csrf: str | None
    expires_at: float | None
    sign_in: tuple[str, ...]


SECRET: dict[str, Any] = {"format": "password"}
"""Fields marked so are never repeated in a refusal."""


class SignInWish(Wish):
    """Either ``name`` and ``password``, or ``token``."""

    name: str | None = Field(default=None, max_length=200, description="the name of a user")
    password: str | None = Field(
        default=None, max_length=1024, description="at most 1024 characters", json_schema_extra=SECRET
    )
    token: str | None = Field(
        default=None, max_length=16384, description="an API token", json_schema_extra=SECRET
    )


def roles_by_kind(principal: Principal, kinds: tuple[str, ...]) -> dict[str, str]:
    """Only kinds that the principal may see."""
    roles = {kind: principal.role_for(kind) for kind in kinds}
    return {kind: role.label for kind, role in roles.items() if role is not Role.NOBODY}
