"""Users and API tokens; grants as text: ``viewer``, or ``operator:Thing`` for one kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.shapes.base import Shape, Text, Wish
from api.shapes.session import SECRET
from orchestrator.core.access import LABEL_RULE, NAME_RULE, PASSWORD_RULE
from orchestrator.ports.accounts import Token, User

MOST_GRANTS = 100
GRANTS = "a list of viewer, operator and admin, each alone (every kind) or with a kind: operator:Thing"
Grants = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=MOST_GRANTS)]


class UserShape(Shape):
    """Times are seconds of the epoch; ``version`` grows by one with every change."""

    name: Text
    grants: tuple[str, ...]
    disabled: bool
    created_at: float
    changed_at: float
    version: int


class UsersShape(Shape):
    items: tuple[UserShape, ...]
    next: None = None


class UserWish(Wish):
    name: str = Field(description=NAME_RULE, max_length=64)
    password: str = Field(description=PASSWORD_RULE, json_schema_extra=SECRET)
    grants: Grants = Field(description=GRANTS)


class UserChange(Wish):
    """What is left out stays. ``version``: only where the user is still as it was then."""

    password: str | None = Field(default=None, description=PASSWORD_RULE, json_schema_extra=SECRET)
    grants: Grants | None = Field(default=None, description=GRANTS)
    disabled: bool | None = Field(default=None, description="true or false")
    version: int | None = Field(default=None, ge=1, le=2**53, description="the version that was looked at")


class PasswordWish(Wish):
    password: str = Field(description="the password until now", json_schema_extra=SECRET)
    new_password: str = Field(description=PASSWORD_RULE, json_schema_extra=SECRET)


class TokenShape(Shape):
    """Times are seconds of the epoch. ``lastUsedAt`` is kept to the minute."""

    id: str
    name: Text
    owner: Text
    grants: tuple[str, ...]
    created_at: float
    expires_at: float
    last_used_at: float | None
    revoked_at: float | None


class TokensShape(Shape):
    """The newest first."""

    items: tuple[TokenShape, ...]
    next: None = None


class MadeTokenShape(TokenShape):
    """``token``: the secret, shown this once."""

    token: str


class TokenWish(Wish):
    """``grants`` left out: all that the maker may do. ``expiresIn``: seconds, left out: 90 days at most."""

    name: str = Field(description=LABEL_RULE, max_length=64)
    grants: Grants | None = Field(default=None, description=GRANTS)
    expires_in: float | None = Field(
        default=None, ge=60, le=10 * 365 * 86400, description="60 seconds or more, at most 10 years"
    )


class RemovedShape(Shape):
    """What was removed or revoked, by name or id."""

    removed: Text


class PasswordShape(Shape):
    changed: bool


def user_shape(user: User) -> UserShape:
    return UserShape(
        name=user.name,
        grants=tuple(str(grant) for grant in user.grants),
        disabled=user.is_disabled,
        created_at=user.created,
        changed_at=user.changed,
        version=user.version,
    )


def token_shape(token: Token) -> TokenShape:
    return TokenShape(
        id=token.id,
        name=token.name,
        owner=token.owner,
        grants=tuple(str(grant) for grant in token.grants),
        created_at=token.created,
        expires_at=token.expires,
        last_used_at=token.last_used,
        revoked_at=token.revoked,
    )
