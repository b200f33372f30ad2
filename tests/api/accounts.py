"""A server with accounts in a database of its own, and people and programs that use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from api.access import Access, Identities, Signing, Times
from api.access.credentials import COOKIE
from api.access.csrf import HEADER
from api.access.secrets import digest_of, new_token
from orchestrator.core.access import parsed
from orchestrator.ports.accounts import Token, User
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.accounts_passwords import Argon2Passwords
from tests.api.conftest import Serve, Served

PASSWORD = "correct horse battery"
START = 1_800_000_000.0
CHEAP = Argon2Passwords(memory_kib=64, rounds=1)
HASHED = CHEAP.hash_now(PASSWORD)


@dataclass
class Time:
    """Both clocks, turned by hand."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Guarded:
    """``served`` is a server with ``access``."""

    served: Served
    accounts: SqlAccounts
    access: Access
    time: Time = field(default_factory=Time)

    async def user(self, name: str, *grants: str, password: str = HASHED) -> None:
        given = tuple(parsed(grant) for grant in grants)
        await self.accounts.add_user(User(name=name, password=password, grants=given))

    async def token(self, owner: str, *grants: str, lasts: float = 3600.0) -> dict[str, str]:
        """The header of a new token; its owner is made with the same grants where there is none."""
        if await self.accounts.user(owner) is None:
            await self.user(owner, *grants)
        secret = new_token()
        await self.accounts.add_token(
            Token(
                id=secret.id,
                name="test",
                owner=owner,
                digest=digest_of(secret.secret),
                grants=tuple(parsed(grant) for grant in grants),
                created=self.time.now,
                expires=self.time.now + lasts,
            )
        )
        return bearer(str(secret))

    async def browser(self, name: str, password: str = PASSWORD) -> Browser:
        """Signed in with a password."""
        async with self.served.post("/v1/api/session", json={"name": name, "password": password}) as answer:
            assert answer.status == 200, await answer.text()
            return Browser(self.served, answer.cookies[COOKIE].value, (await answer.json())["csrf"])


@dataclass
class Browser:
    """One that holds the cookie of a session."""

    served: Served
    cookie: str
    csrf: str

    def headers(self, **more: str) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}", HEADER: self.csrf, **more}

    async def call(self, method: str, path: str, **given: Any) -> tuple[int, Any]:
        given.setdefault("headers", self.headers())
        async with self.served.request(method, path, **given) as answer:
            return answer.status, await answer.json(content_type=None)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def call(served: Served, method: str, path: str, **given: Any) -> tuple[int, Any]:
    async with served.request(method, path, **given) as answer:
        return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def guarded(serve: Serve, tmp_path: Path) -> AsyncIterator[Guarded]:
    accounts = await SqlAccounts.open(f"sqlite:///{tmp_path / 'accounts.db'}")
    time = Time()
    identities = Identities(accounts, wall=time, monotonic=time, times=Times(8 * 3600.0, 7 * 86400.0))
    access = Access(Signing(identities, CHEAP))
    served = await serve(access=access)
    # What a browser was given does not go along by itself: each request says which cookie it brings.
    served.session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    yield Guarded(served, accounts, access, time)
    await served.session.close()
    await accounts.close()
