"""Who is behind a token or a session, asked of the accounts, and for a moment of memory."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from api.access.credentials import Credential
from api.access.recall import Recall
from api.access.secrets import digest_of, parts_of
from orchestrator.core.access import Principal, both
from orchestrator.ports.accounts import Accounts, Session, Token

TOUCH_S = 60.0
"""How exactly it is kept when a token or a session was used last."""


class Bearers(Protocol):
    """Tokens that somebody else issued."""

    async def principal(self, token: str) -> Principal | None:
        """Who it is of; None where it is not one that counts. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: after which a browser signs in again, unused and in all; the longest life of a token."""

    session_idle: float = 8 * 3600.0
    session_lifetime: float = 7 * 86400.0
    token_lifetime: float = 365 * 86400.0


class Identities:
    """``wall``: seconds of the epoch; ``monotonic``: for what is remembered."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
        times: Times | None = None,
        bearers: Sequence[Bearers] = (),
    ) -> None:
        self.accounts = accounts
        self.times = times or Times()
        self.wall = wall
        self._bearers = tuple(bearers)
        self._recall = Recall(monotonic)

    @property
    def takes_foreign_tokens(self) -> bool:
        return bool(self._bearers)

    def remembered(self, credential: Credential) -> Principal | None:
        """Who it was of a moment ago; None: ask in full."""
        return self._recall.fresh(_key(credential.text, is_cookie=credential.is_cookie))

    def forget(self) -> None:
        """After a change of accounts: nobody is remembered."""
        self._recall.clear()

    async def of_token(self, text: str) -> Principal | None:
        """Who has it, None: it is not valid, or not any more. Raises Unavailable."""
        if not text.isascii():
            return None
        return await self._recall.of(_key(text, is_cookie=False), lambda: self._token(text))

    async def of_session(self, cookie: str) -> Principal | None:
        """Who signed in, None: it is no session, or over. Raises Unavailable."""
        return await self._recall.of(_key(cookie, is_cookie=True), lambda: self._session(cookie))

    async def session(self, cookie: str) -> Session | None:
        """The session of a cookie, unless it is over. Raises Unavailable."""
        found = await self.accounts.session(digest_of(cookie)) if cookie else None
        now = self.wall()
        if found is None or now >= min(found.expires, found.used + self.times.session_idle):
            return None
        return found

    async def _token(self, text: str) -> Principal | None:
        own = parts_of(text)
        if own is None:
            return await self._of_others(text)
        token = await self.accounts.token(own.id)
        fits = hmac.compare_digest(digest_of(own.secret), "" if token is None else token.digest)
        if token is None or not fits:
            return None
        principal = await self._of_row(token)
        now = self.wall()
        if principal is not None and (token.last_used is None or now - token.last_used >= TOUCH_S):
            await self.accounts.used_token(token.id, at=now)
        return principal

    async def _of_others(self, text: str) -> Principal | None:
        for bearer in self._bearers:
            principal = await bearer.principal(text)
            if principal is not None:
                return principal
        return None

    async def _session(self, cookie: str) -> Principal | None:
        found = await self.session(cookie)
        principal = None if found is None else await self._of_its_owner(found)
        if found is None or principal is None:
            return None
        now = self.wall()
        if now - found.used >= min(TOUCH_S, self.times.session_idle / 10):
            await self.accounts.used_session(found.digest, at=now)
        return replace(principal, source="session")

    async def _of_its_owner(self, session: Session) -> Principal | None:
        """What they may do by now, not when they signed in."""
        if session.source == "password":
            user = await self.accounts.user(session.name)
            gone = user is None or user.is_disabled
            return None if gone or user is None else Principal(user.name, "", user.grants, user.name)
        if session.token is None:
            return Principal(session.name, "", session.grants)
        token = await self.accounts.token(session.token)
        return None if token is None else await self._of_row(token)

    async def _of_row(self, token: Token) -> Principal | None:
        if token.revoked is not None or self.wall() >= token.expires:
            return None
        owner = await self.accounts.user(token.owner)
        if owner is None or owner.is_disabled:
            return None
        # A token may never do what its owner may not.
        grants = both(token.grants, owner.grants)
        return Principal(f"{token.owner}/{token.name}", "token", grants, token.owner, token.id)


def _key(text: str, *, is_cookie: bool) -> bytes:
    # A cookie sent as a token is none, and would need no proof that a page of ours sends it.
    return hashlib.sha256(b"%d" % is_cookie + text.encode()).digest()
