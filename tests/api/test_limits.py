"""Guessing, asking too often, and tokens of an identity provider, against a server with accounts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from api.access import Access, Identities, Signing
from api.access.credentials import COOKIE
from api.access.csrf import HEADER, csrf_of
from api.access.limits import GUESSES_AT_ONCE, Limits, Rates
from api.auditing import Auditing
from orchestrator.core.access import Grant, Role
from orchestrator.core.access.limits import LockPolicy
from orchestrator.core.audit_trail import AuditLine, Outcome
from orchestrator.identity.oidc import OidcTokens
from orchestrator.identity.provider import Provider, Rule
from orchestrator.ports.accounts import Session
from orchestrator.ports.audit import AuditFilter
from orchestrator.store.accounts import SqlAccounts
from orchestrator.store.audit import SqlAuditTrail
from tests.api.accounts import CHEAP, PASSWORD, Guarded, Time, bearer, call
from tests.api.conftest import Serve
from tests.identity.issuer import AUDIENCE, Issuer, rsa_key

SESSION, KINDS, PAUSE = "/v1/api/session", "/v1/api/kinds", "/v1/api/kinds/Thing/pause"
LOCK = LockPolicy(after=3, first=2.0, most=60.0, forget=600.0)
RULES = (
    Rule(claim="groups", value="ops", grant=Grant(Role.OPERATOR, "Thing")),
    Rule(claim="groups", value="all", grant=Grant(Role.VIEWER)),
)


@dataclass
class Watched(Guarded):
    """``trail``: what it writes."""

    trail: SqlAuditTrail | None = None

    async def lines(self) -> list[AuditLine]:
        assert self.trail is not None
        return list(await self.trail.read(AuditFilter(after=0, limit=1000)))

    async def sign_in(self, name: str, password: str, **headers: str) -> tuple[int, str]:
        body = {"name": name, "password": password}
        async with self.served.post(SESSION, json=body, headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After", "")


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.start()
    yield issuer
    issuer.stop()


Start = Callable[..., Awaitable[Watched]]


@pytest.fixture
async def start(serve: Serve, tmp_path: Path, issuer: Issuer) -> AsyncIterator[Start]:
    left: list[SqlAccounts | SqlAuditTrail | aiohttp.ClientSession] = []

    async def one(proxies: frozenset[str] = frozenset(), **rates: object) -> Watched:
        accounts = await SqlAccounts.open(f"sqlite:///{tmp_path / 'accounts.db'}")
        trail = await SqlAuditTrail.open(f"sqlite:///{tmp_path / 'audit.db'}")
        clock = Time()
        provider = Provider(issuer=issuer.url, audiences=(AUDIENCE,), rules=RULES)
        tokens = OidcTokens(provider, monotonic=clock)
        identities = Identities(accounts, wall=clock, monotonic=clock, bearers=(tokens,))
        limits = Limits(Rates(lock=LOCK, **rates), clock)  # type: ignore[arg-type]
        access = Access(Signing(identities, CHEAP, limits), limits=limits)
        auditing = Auditing(trail, is_required=True, wall=clock, monotonic=clock)
        served = await serve(access=access, auditing=auditing, proxies=proxies)
        served.session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        left.extend((served.session, accounts, trail))
        return Watched(served, accounts, access, clock, trail)

    yield one
    for each in left:
        await each.close()


@pytest.fixture
async def watched(start: Start) -> Watched:
    return await start()


async def test_wrong_passwords_lock_out_who_sends_them_longer_each_time(watched: Watched) -> None:
    await watched.user("ann", "operator")
    assert [(await watched.sign_in("ann", "wrong"))[0] for _ in range(4)] == [401, 401, 401, 429]
    assert await watched.sign_in("ann", PASSWORD) == (429, "2")
    watched.time.now += 2.1
    assert (await watched.sign_in("ann", "wrong"))[0] == 401
    assert await watched.sign_in("ann", PASSWORD) == (429, "4")
    watched.time.now += 4.1
    assert (await watched.sign_in("ann", PASSWORD))[0] == 200
    assert [(await watched.sign_in("ann", "wrong"))[0] for _ in range(3)] == [401, 401, 401]


async def test_nobody_learns_by_the_lock_whether_a_user_is_there(watched: Watched) -> None:
    await watched.user("ann", "operator")
    for name in ("ann", "nobody"):
        answers = [await watched.sign_in(name, "wrong") for _ in range(4)]
        assert answers == [(401, ""), (401, ""), (401, ""), (429, "2")]


async def test_of_many_guesses_at_once_no_more_are_looked_at(watched: Watched) -> None:
    await watched.user("ann", "operator")
    answers = await asyncio.gather(*(watched.sign_in("ann", f"wrong {n}") for n in range(40)))
    assert sorted(status for status, _ in answers) == [401] * 3 + [429] * 37


async def test_one_place_cannot_try_one_password_on_many_names(watched: Watched) -> None:
    statuses = [(await watched.sign_in(f"user{n}", "Spring2026!"))[0] for n in range(20)]
    assert statuses == [401] * 12 + [429] * 8


async def test_the_password_of_ones_own_account_is_no_licence_to_guess_others(watched: Watched) -> None:
    await watched.user("eve", "viewer")
    statuses: list[int] = []
    for number in range(20):
        statuses.append((await watched.sign_in(f"user{number}", "Spring2026!"))[0])
        await watched.sign_in("eve", PASSWORD)
    assert 429 in statuses


async def test_guesses_from_everywhere_do_not_lock_out_who_signed_in_before(start: Start) -> None:
    watched = await start(frozenset({"127.0.0.1"}))
    await watched.user("ann", "operator")
    home, other = {"X-Forwarded-For": "10.0.0.1"}, {"X-Forwarded-For": "10.0.0.2"}
    assert (await watched.sign_in("ann", PASSWORD, **home))[0] == 200
    for number in range(70):
        await watched.sign_in("ann", "wrong", **{"X-Forwarded-For": f"10.1.{number}.1"})
    assert (await watched.sign_in("ann", PASSWORD, **other))[0] == 429
    assert (await watched.sign_in("ann", PASSWORD, **home))[0] == 200


@pytest.mark.parametrize(
    ("proxies", "header", "remote"),
    [
        ((), "10.0.0.1", "127.0.0.1"),
        (("127.0.0.1",), "10.0.0.1", "10.0.0.1"),
        (("127.0.0.1",), "6.6.6.6, 10.0.0.1", "10.0.0.1"),
        (("127.0.0.1", "10.0.0.9"), "6.6.6.6, 10.0.0.1, 10.0.0.9", "10.0.0.1"),
        (("127.0.0.0/8", "10.42.0.0/16"), "6.6.6.6, 10.0.0.1, 10.42.3.9", "10.0.0.1"),
        (("127.0.0.0/8", "10.42.0.0/16"), "10.0.0.1, ::ffff:10.42.3.9", "10.0.0.1"),
        (("10.42.0.0/16", "2001:db8::/32"), "10.0.0.1", "127.0.0.1"),
        (("127.0.0.0/8", "2001:db8::/32"), "10.0.0.1, 2001:db8::9", "10.0.0.1"),
        (("127.0.0.1",), "nonsense", "127.0.0.1"),
        (("127.0.0.1",), "", "127.0.0.1"),
        (("127.0.0.1",), "2001:db8::1", "2001:db8::1"),
    ],
)
async def test_only_a_known_proxy_is_believed_who_asks(
    start: Start, proxies: tuple[str, ...], header: str, remote: str
) -> None:
    watched = await start(frozenset(proxies))
    await watched.sign_in("ann", "wrong", **{"X-Forwarded-For": header})
    (line,) = await watched.lines()
    assert line.remote == remote


async def test_a_network_of_ipv6_is_one_place(start: Start) -> None:
    watched = await start(frozenset({"127.0.0.1"}))
    statuses = [
        (await watched.sign_in("ann", "wrong", **{"X-Forwarded-For": f"2001:db8::{n:x}"}))[0]
        for n in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]


async def test_attempts_to_sign_in_are_in_the_audit_trail_with_the_name_and_no_password(
    watched: Watched,
) -> None:
    await watched.user("ann", "operator")
    await watched.sign_in("ann", "Wr0ng-Secret")
    await watched.sign_in("ann", PASSWORD)
    wrong, right = await watched.lines()
    assert (wrong.actor, wrong.status, wrong.outcome) == ("ann", 401, Outcome.REFUSED)
    assert (right.actor, right.status, right.outcome) == ("ann", 200, Outcome.DONE)
    assert "Wr0ng-Secret" not in str(wrong) and PASSWORD not in str(right)


async def test_what_strangers_send_again_and_again_does_not_fill_the_trail(watched: Watched) -> None:
    for number in range(60):
        body = {"what": number} if number % 2 else {"name": "ann"}
        status, _ = await call(watched.served, "POST", SESSION, json=body)
        assert status in (400, 422)
        assert (await call(watched.served, "DELETE", SESSION))[0] == 200
    lines = await watched.lines()
    assert 0 < len(lines) <= 60
    assert {line.actor for line in lines} == {""}


async def test_nor_does_a_stranger_who_claims_to_ask_for_somebody_else_each_time(watched: Watched) -> None:
    for number in range(60):
        said = {"X-Shardwright-Passed-By": "orch-2", "X-Shardwright-Asked-By": f"10.0.0.{number}"}
        assert (await call(watched.served, "POST", PAUSE, headers=said))[0] == 401
    assert len(await watched.lines()) == 20


async def test_who_begins_and_ends_a_session_is_in_the_trail_however_they_did(watched: Watched) -> None:
    token = (await watched.token("ann", "operator"))["Authorization"].removeprefix("Bearer ")
    async with watched.served.post(SESSION, json={"token": token}) as answer:
        assert answer.status == 200
        cookie, csrf = answer.cookies[COOKIE].value, (await answer.json())["csrf"]
    headers = {"Cookie": f"{COOKIE}={cookie}", HEADER: csrf}
    assert (await call(watched.served, "DELETE", SESSION, headers=headers))[0] == 200
    lines = await watched.lines()
    assert [(line.method, line.actor) for line in lines] == [("POST", "ann/test"), ("DELETE", "ann/test")]


async def test_who_changes_too_much_waits_and_may_still_read(start: Start) -> None:
    watched = await start(writes=1.0, writes_burst=5)
    ann, bob = await watched.token("ann", "operator"), await watched.token("bob", "operator")
    statuses = [(await call(watched.served, "POST", PAUSE, headers=ann))[0] for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert (await call(watched.served, "GET", KINDS, headers=ann))[0] == 200
    assert (await call(watched.served, "POST", PAUSE, headers=bob))[0] == 200
    watched.time.now += 1.1
    assert (await call(watched.served, "POST", PAUSE, headers=ann))[0] == 200
    lines = await watched.lines()
    assert [line.status for line in lines] == [200] * 5 + [429] * 2 + [200] * 2
    assert {line.actor for line in lines} == {"ann/test", "bob/test"}


async def test_who_reads_too_much_waits_where_that_is_configured(start: Start) -> None:
    watched = await start(requests=1.0, requests_burst=3)
    ann = await watched.token("ann", "viewer")
    statuses = [(await call(watched.served, "GET", KINDS, headers=ann))[0] for _ in range(5)]
    assert statuses == [200] * 3 + [429] * 2
    assert (await call(watched.served, "GET", "/livez"))[0] == 200


async def test_made_up_tokens_cost_the_database_little_and_harm_nobody_who_is_known(watched: Watched) -> None:
    ann = await watched.token("ann", "viewer")
    assert (await call(watched.served, "GET", KINDS, headers=ann))[0] == 200
    made_up = (bearer(f"swt_{n:016x}_{'x' * 43}") for n in range(GUESSES_AT_ONCE + 30))
    statuses = [(await call(watched.served, "GET", KINDS, headers=one))[0] for one in made_up]
    assert statuses == [401] * GUESSES_AT_ONCE + [429] * 30
    assert (await call(watched.served, "GET", KINDS, headers=ann))[0] == 200
    lines = await watched.lines()
    assert len(lines) == 40
    assert {(line.status, line.outcome) for line in lines} == {(401, Outcome.REFUSED), (429, Outcome.REFUSED)}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_made_up_cookies_cost_no_more_where_nobody_has_to_be_signed_in(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    ann = await watched.token("ann", "viewer")
    assert (await call(watched.served, "GET", KINDS, headers=ann))[0] == 200
    asked: list[str] = []
    kept = watched.accounts.session

    async def session(digest: str) -> Session | None:
        asked.append(digest)
        return await kept(digest)

    async def never(*_: object) -> None:
        raise AssertionError("nothing is ended, and nobody else is looked up again")

    monkeypatch.setattr(watched.accounts, "session", session)
    for name in ("end_session", "token"):
        monkeypatch.setattr(watched.accounts, name, never)
    statuses = []
    for number in range(GUESSES_AT_ONCE + 10):
        cookie = f"made-up-{number}"
        headers = {"Cookie": f"{COOKIE}={cookie}", HEADER: csrf_of(cookie)}
        statuses.append((await call(watched.served, method, SESSION, headers=headers))[0])
    assert statuses == [200] * GUESSES_AT_ONCE + [429] * 10
    assert len(asked) == GUESSES_AT_ONCE
    assert (await call(watched.served, "GET", KINDS, headers=ann))[0] == 200


async def test_a_token_of_the_provider_lets_in_as_far_as_its_claims_go(
    watched: Watched, issuer: Issuer
) -> None:
    ops = bearer(issuer.token(groups=["ops"]))
    assert (await call(watched.served, "POST", PAUSE, headers=ops))[0] == 200
    assert (await call(watched.served, "POST", PAUSE.replace("Thing", "Rule"), headers=ops))[0] == 403
    viewer = bearer(issuer.token(sub="bob", groups=["all"]))
    assert (await call(watched.served, "GET", KINDS, headers=viewer))[0] == 200
    assert (await call(watched.served, "POST", PAUSE, headers=viewer))[0] == 403
    assert (await call(watched.served, "GET", KINDS, headers=bearer(issuer.token())))[0] == 403
    found = [(line.actor, line.source, line.status) for line in await watched.lines()]
    assert found == [
        ("oidc:alice", "oidc", 200),
        ("oidc:alice", "oidc", 403),
        ("oidc:bob", "oidc", 403),
        ("oidc:alice", "oidc", 403),
    ]


@pytest.mark.parametrize("how", ["expired", "forged", "audience", "issuer", "none", "future"])
async def test_a_hostile_token_is_refused_without_saying_why(
    watched: Watched, issuer: Issuer, how: str
) -> None:
    now = int(time.time())
    token = {
        "expired": lambda: issuer.token(exp=now - 120, groups=["ops"]),
        "forged": lambda: issuer.token(key=rsa_key("other"), groups=["ops"]),
        "audience": lambda: issuer.token(aud="payroll", groups=["ops"]),
        "issuer": lambda: issuer.token(iss="https://evil.example", groups=["ops"]),
        "none": lambda: "eyJhbGciOiJub25lIn0." + issuer.token(groups=["ops"]).split(".")[1] + ".",
        "future": lambda: issuer.token(nbf=now + 3600, groups=["ops"]),
    }[how]()
    status, said = await call(watched.served, "POST", PAUSE, headers=bearer(token))
    bad, other = await call(watched.served, "POST", PAUSE, headers=bearer("what"))
    assert (status, said["detail"]) == (bad, other["detail"])
    assert status == 401
    assert watched.served.facade.calls == []
    assert [line.status for line in await watched.lines()] == [401, 401]


async def test_a_token_longer_than_any_header_may_be_is_refused_unseen(
    watched: Watched, issuer: Issuer
) -> None:
    huge = bearer(issuer.token(more="x" * 20_000, groups=["ops"]))
    assert (await call(watched.served, "POST", PAUSE, headers=huge))[0] == 400
    assert watched.served.facade.calls == []


async def test_where_the_keys_are_not_to_be_had_it_says_so(watched: Watched, issuer: Issuer) -> None:
    issuer.status = 500
    try:
        status, said = await call(watched.served, "GET", KINDS, headers=bearer(issuer.token()))
    finally:
        issuer.status = 200
    assert status == 503
    assert "identity provider" in said["detail"]
