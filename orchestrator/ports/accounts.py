"""Users, their API tokens and the sessions of their browsers; passwords and secrets as digests only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from orchestrator.core.access import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """``password``: its hash. ``version`` grows by one with every change. Times are seconds of the epoch."""

    name: str
    password: str
    grants: tuple[Grant, ...]
    is_disabled: bool = False
    created: float = 0.0
    changed: float = 0.0
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """``digest``: of its secret. ``owner``: the user whose it is. ``parent``: the token that made it."""

    id: str
    name: str
    owner: str
    digest: str
    grants: tuple[Grant, ...]
    parent: str | None = None
    created: float = 0.0
    expires: float = 0.0
    last_used: float | None = None
    revoked: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """``digest``: of the cookie. ``source``: what was signed in with; ``token``: its id, where it was one.

    ``grants`` count where somebody else vouches for the name. ``expires``: whatever happens.
    """

    digest: str
    name: str
    source: str
    token: str | None = None
    grants: tuple[Grant, ...] = ()
    created: float = 0.0
    used: float = 0.0
    expires: float = 0.0


class Changed(Enum):
    """What became of a change: all but DONE changed nothing."""

    DONE = "done"
    ABSENT = "absent"
    TAKEN = "taken"
    STALE = "stale"
    LAST_ADMIN = "last-admin"


class Accounts(Protocol):
    """Shared by all replicas. Every method raises Unavailable, or Permanent for what does not mend itself."""

    async def users(self) -> Sequence[User]:
        """All, by name."""

    async def user(self, name: str) -> User | None: ...

    async def add_user(self, user: User) -> Changed:
        """DONE or TAKEN."""

    async def change_user(self, user: User) -> Changed:
        """Put the user in the place of the one that is one version older; the password may be another one.

        DONE, ABSENT, STALE, or LAST_ADMIN where nobody would be left who may do everything. Who gets
        another password, or is disabled, is signed out.
        """

    async def remove_user(self, name: str) -> Changed:
        """With all tokens and sessions. DONE, ABSENT or LAST_ADMIN."""

    async def tokens(self, owner: str | None = None) -> Sequence[Token]:
        """Those of the owner, or all; the newest first."""

    async def token(self, token_id: str) -> Token | None: ...

    async def add_token(self, token: Token) -> Changed:
        """DONE, TAKEN, or ABSENT where its owner is no more, or the token that makes it was revoked."""

    async def revoke_token(self, token_id: str, *, at: float) -> Changed:
        """With those that it made and all sessions that were begun with them. DONE or ABSENT."""

    async def used_token(self, token_id: str, *, at: float) -> None: ...

    async def session(self, digest: str) -> Session | None: ...

    async def add_session(self, session: Session, *, idle: float) -> None:
        """Sessions that have expired, or were not used for ``idle`` seconds, go."""

    async def used_session(self, digest: str, *, at: float) -> None: ...

    async def end_session(self, digest: str) -> Changed:
        """DONE or ABSENT."""

    async def close(self) -> None: ...


class Passwords(Protocol):
    """Slow on purpose, and never in the event loop."""

    async def hashed(self, password: str) -> str:
        """Raises NotNow where too many wait."""

    async def fits(self, password: str, hashed: str | None) -> bool:
        """None takes as long and fits nothing. Raises NotNow where too many wait."""

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was made with weaker bounds than those in force."""
