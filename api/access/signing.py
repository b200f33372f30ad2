"""Signing in and out: a password or a token for the cookie of a session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Protocol

from api.access.identities import Identities
from api.access.secrets import digest_of, new_cookie
from orchestrator.core.access import Principal, is_name
from orchestrator.ports.accounts import Passwords, Session, User


@dataclass(frozen=True, slots=True)
class Signed:
    """``cookie``: the secret of the session, known to the browser alone."""

    principal: Principal
    cookie: str
    expires: float


class Attempts(Protocol):
    """Who may try a password once more. ``name`` is what somebody typed, perhaps nobody's."""

    def begin(self, name: str, remote: str) -> None:
        """Raises Problem (429) where there were too many wrong ones."""

    def failed(self, name: str, remote: str) -> None: ...

    def succeeded(self, name: str, remote: str) -> None: ...


class Unlimited:
    """Attempts without a bound."""

    def begin(self, name: str, remote: str) -> None:
        return

    def failed(self, name: str, remote: str) -> None:
        return

    def succeeded(self, name: str, remote: str) -> None:
        return


class Signing:
    """Of one application; ``attempts`` bounds guessing."""

    def __init__(
        self, identities: Identities, passwords: Passwords, attempts: Attempts | None = None
    ) -> None:
        self.identities = identities
        self.passwords = passwords
        self.attempts: Attempts = attempts or Unlimited()

    async def with_password(self, name: str, password: str, remote: str) -> Signed | None:
        """None: they do not fit, whatever the reason. Raises Problem (429), NotNow, Unavailable."""
        usable = await self.proven(name, password, remote)
        if usable is None:
            return None
        await self._renew(usable, password)
        principal = Principal(usable.name, "session", usable.grants, usable.name)
        signed = await self._begun(principal, source="password")
        if await self._still_fits(usable, password):
            return signed
        await self.ended(signed.cookie)
        return None

    async def proven(self, name: str, password: str, remote: str) -> User | None:
        """The user, where the password is theirs and they may sign in. Raises as ``with_password``."""
        self.attempts.begin(name, remote)
        user = await self.identities.accounts.user(name) if is_name(name) else None
        usable = user if user is not None and not user.is_disabled else None
        fits = await self.passwords.fits(password, None if usable is None else usable.password)
        if usable is None or not fits:
            self.attempts.failed(name, remote)
            return None
        self.attempts.succeeded(name, remote)
        return usable

    async def with_token(self, token: str, remote: str) -> Signed | None:
        """None: it is not valid. Raises Problem (429), Unavailable."""
        self.attempts.begin("", remote)
        principal = await self.identities.of_token(token)
        if principal is None:
            self.attempts.failed("", remote)
            return None
        self.attempts.succeeded("", remote)
        own = None if principal.token is None else await self.identities.accounts.token(principal.token)
        # Nobody tells us when somebody else stops vouching for them.
        most = self.identities.wall() + self.identities.times.session_idle if own is None else own.expires
        known = replace(principal, source="session")
        return await self._begun(known, source=principal.source, most=most)

    async def ended(self, cookie: str) -> None:
        """Raises Unavailable."""
        await self.identities.accounts.end_session(digest_of(cookie))
        self.identities.forget()

    async def _still_fits(self, tried: User, password: str) -> bool:
        """Asked once the session is kept: what changed before has not ended it, what changes now will."""
        user = await self.identities.accounts.user(tried.name)
        if user is None or user.is_disabled:
            return False
        return user.password == tried.password or await self.passwords.fits(password, user.password)

    async def _begun(self, principal: Principal, *, source: str, most: float = inf) -> Signed:
        cookie, now, times = new_cookie(), self.identities.wall(), self.identities.times
        expires = min(now + times.session_lifetime, most)
        session = Session(
            digest=digest_of(cookie),
            name=principal.name,
            source=source,
            token=principal.token,
            grants=principal.grants,
            created=now,
            used=now,
            expires=expires,
        )
        await self.identities.accounts.add_session(session, idle=times.session_idle)
        return Signed(principal, cookie, expires)

    async def _renew(self, user: User, password: str) -> None:
        """Keep the password as the bounds of today have it; another time will do as well."""
        if not self.passwords.is_outdated(user.password):
            return
        hashed = await self.passwords.hashed(password)
        renewed = replace(user, password=hashed, version=user.version + 1)
        await self.identities.accounts.change_user(renewed)
