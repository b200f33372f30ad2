"""Who may use the server: its accounts, and at the first start the user that makes all others."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from api.access import Access, Identities, Signing, Times
from api.access.limits import Limits, Rates
from orchestrator.bootstrap.identity import write_private
from orchestrator.bootstrap.oidc import bearers
from orchestrator.core.access import PASSWORD_RULE, Grant, Role, is_strong
from orchestrator.core.access.limits import LockPolicy
from orchestrator.errors import ConfigError, Permanent
from orchestrator.ports import Clock
from orchestrator.ports.accounts import User
from orchestrator.settings import Settings
from orchestrator.settings.address import is_loopback
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.accounts_passwords import Argon2Passwords

log = structlog.get_logger()
ADMIN = "admin"


@asynccontextmanager
async def opened_access(settings: Settings, clock: Clock, *, url: str) -> AsyncIterator[Access]:
    """``url``: the address that people use. Without an answer of the database it starts all the same.

    Raises Permanent and ConfigError for accounts that cannot be used.
    """
    if settings.access.mode == "open":
        log.info("everybody who reaches this server may do everything", access_mode="open")
        yield Access()
        return
    async with AsyncExitStack() as stack:
        passwords = Argon2Passwords()
        stack.push_async_callback(passwords.close)
        first = first_admin(settings, clock, passwords)
        accounts = await SqlAccounts.open(settings.access_url, first=first, required=False)
        stack.push_async_callback(accounts.close)
        given = settings.access
        identities = Identities(
            accounts,
            wall=clock.wall,
            monotonic=clock.monotonic,
            times=Times(given.session_idle, given.session_lifetime, given.token_lifetime),
            bearers=bearers(settings, clock),
        )
        limits = _limits(settings, clock)
        yield Access(
            Signing(identities, passwords, limits),
            limits=limits,
            public=frozenset({"/metrics"} if _shows_metrics(settings) else ()),
            is_secure=url.startswith("https://"),
        )


def first_admin(settings: Settings, clock: Clock, passwords: Argon2Passwords) -> Callable[[], User]:
    """Makes the first user, who may do everything; called where there is none.

    Raises ConfigError for a configured password that cannot be used. The call raises Permanent where the
    one that it makes cannot be written down.
    """
    given = settings.access.given_admin_password()
    if given is not None and not is_strong(given, ADMIN):
        raise ConfigError(f"access.admin_password is too weak or too long, allowed: {PASSWORD_RULE}")

    def make() -> User:
        now, file = clock.wall(), settings.admin_password_file
        password = given or secrets.token_urlsafe(18)
        if given is None:
            try:
                write_private(file, password)
            except OSError as error:
                raise Permanent(f"{file} cannot be written: {error}") from error
        log.warning(
            "a user who may do everything was made",
            user=ADMIN,
            password="the one that is configured" if given is not None else f"in {file}",
        )
        hashed, grants = passwords.hash_now(password), (Grant(Role.ADMIN),)
        return User(name=ADMIN, password=hashed, grants=grants, created=now, changed=now)

    return make


def _limits(settings: Settings, clock: Clock) -> Limits:
    given = settings.access.limits
    rates = Rates(
        requests=given.requests,
        requests_burst=given.requests_burst,
        writes=given.writes,
        writes_burst=given.writes_burst,
        lock=LockPolicy(after=given.lock_after, first=given.lock_first, most=given.lock_most),
    )
    return Limits(rates, clock.monotonic)


def _shows_metrics(settings: Settings) -> bool:
    """Whether anybody may read the metrics."""
    wish = settings.access.metrics
    return is_loopback(settings.api.host) if wish is None else wish == "open"
