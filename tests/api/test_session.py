"""Signing in with a browser: the cookie, its end, and changes that another page causes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http.cookies import Morsel
from typing import Any

import pytest

from api.access.credentials import COOKIE
from api.access.recall import AGAIN_S, FRESH_S, GRACE_S
from api.access.secrets import digest_of
from orchestrator.errors import Unavailable
from tests.api.accounts import CHEAP, PASSWORD, Guarded, bearer, call, guarded
from tests.api.conftest import Serve
from tests.api.facade_double import FacadeDouble, following
from tests.api.problems import problem

__all__ = ["guarded"]

HASHED_ANEW = CHEAP.hash_now("another horse battery")
SESSION, KINDS, RESYNC = "/v1/api/session", "/v1/api/kinds", "/v1/api/kinds/Thing/resync"


async def test_a_password_is_given_for_a_cookie_that_scripts_cannot_read(guarded: Guarded) -> None:
    await guarded.user("ann", "operator", "admin:Rule")
    async with guarded.served.post(SESSION, json={"name": "ann", "password": PASSWORD}) as answer:
        assert answer.status == 200
        cookie: Morsel[str] = answer.cookies[COOKIE]
        said = await answer.json()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert not cookie["secure"] and len(cookie.value) >= 43
    assert (said["name"], said["source"], said["role"]) == ("ann", "session", "operator")
    assert said["kinds"] == {"Rule": "admin", "Thing": "operator"}
    assert said["signIn"] == ["password", "token"] and cookie.value not in str(said)
    browser = await guarded.browser("ann")
    status, again = await browser.call("GET", SESSION)
    assert (status, again["csrf"], again["name"]) == (200, browser.csrf, "ann")
    assert (await browser.call("POST", RESYNC))[0] == 200
    assert guarded.served.facade.calls[-1] == ("resync", ("Thing", "ann (session)"))


async def test_the_cookie_is_for_https_only_where_the_address_is(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer")
    guarded.access.is_secure = True
    async with guarded.served.post(SESSION, json={"name": "ann", "password": PASSWORD}) as answer:
        assert answer.cookies[COOKIE]["secure"]


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong"),
        ("nobody", PASSWORD),
        ("off", PASSWORD),
        ("ANN", PASSWORD),
        ("\0", "x"),
        ("", ""),
    ],
)
async def test_what_does_not_fit_is_refused_without_saying_why(
    guarded: Guarded, name: str, password: str
) -> None:
    await guarded.user("ann", "viewer")
    await guarded.user("off", "viewer")
    off = await guarded.accounts.user("off")
    assert off is not None
    await guarded.accounts.change_user(replace(off, is_disabled=True, version=2))
    async with guarded.served.post(SESSION, json={"name": name, "password": password}) as answer:
        said = await problem(answer, 401)
        assert said["detail"] == "name and password do not fit"
        assert COOKIE not in answer.cookies


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "ann"},
        {"password": PASSWORD},
        {"name": "a", "password": "b", "token": "c"},
        {"token": None},
    ],
)
async def test_one_way_of_signing_in_is_named(guarded: Guarded, body: dict[str, Any]) -> None:
    async with guarded.served.post(SESSION, json=body) as answer:
        await problem(answer, 422)


async def test_a_refusal_never_repeats_a_password(guarded: Guarded) -> None:
    for secret in (17_171_717, "s" * 2000, ["hunter2hunter2"]):
        async with guarded.served.post(SESSION, json={"name": "ann", "password": secret}) as answer:
            assert "hunter2" not in await answer.text()
            assert str(secret)[:20] not in await answer.text() and answer.status == 422


async def test_a_token_is_given_for_a_session_that_ends_with_it(guarded: Guarded) -> None:
    headers = await guarded.token("ann", "operator", lasts=600.0)
    token = headers["Authorization"].removeprefix("Bearer ")
    async with guarded.served.post(SESSION, json={"token": token}) as answer:
        said, cookie = await answer.json(), answer.cookies[COOKIE].value
    assert said["name"] == "ann/test" and said["expiresAt"] == guarded.time.now + 600
    held = {"Cookie": f"{COOKIE}={cookie}"}
    assert (await call(guarded.served, "GET", KINDS, headers=held))[0] == 200
    (own,) = await guarded.accounts.tokens("ann")
    await guarded.accounts.revoke_token(own.id, at=guarded.time.now)
    guarded.time.now += FRESH_S
    assert (await call(guarded.served, "GET", KINDS, headers=held))[0] == 401
    async with guarded.served.post(SESSION, json={"token": token}) as answer:
        await problem(answer, 401)


async def test_signing_out_ends_the_session_at_once(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer")
    browser = await guarded.browser("ann")
    assert (await browser.call("GET", KINDS))[0] == 200
    status, said = await browser.call("DELETE", SESSION)
    assert (status, said["name"]) == (200, None)
    assert (await browser.call("GET", KINDS))[0] == 401
    assert (await browser.call("GET", SESSION))[1]["name"] is None


async def test_a_session_ends_unused_and_at_its_end_in_any_case(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer")
    idle, used = await guarded.browser("ann"), await guarded.browser("ann")
    for _ in range(9):
        guarded.time.now += 3600.0
        assert (await used.call("GET", KINDS))[0] == 200
    assert (await idle.call("GET", KINDS))[0] == 401
    for _ in range(7 * 24 - 10):
        guarded.time.now += 3600.0
        assert (await used.call("GET", KINDS))[0] == 200
    guarded.time.now += 3600.0
    assert (await used.call("GET", KINDS))[0] == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Shardwright-Csrf": ""},
        {"X-Shardwright-Csrf": "0" * 64},
        {"X-Shardwright-Csrf": "é"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_change_that_another_page_causes_is_refused(
    guarded: Guarded, changed: dict[str, str]
) -> None:
    await guarded.user("ann", "operator")
    browser = await guarded.browser("ann")
    for method, path in (("POST", RESYNC), ("DELETE", SESSION)):
        async with guarded.served.request(method, path, headers=browser.headers(**changed)) as answer:
            await problem(answer, 403)
    assert guarded.served.facade.calls == []
    own = {"Origin": f"http://{guarded.served.host}:{guarded.served.port}", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.call("POST", RESYNC, headers=browser.headers(**own)))[0] == 200


async def test_the_csrf_of_one_session_is_none_of_another(guarded: Guarded) -> None:
    await guarded.user("ann", "operator")
    one, other = await guarded.browser("ann"), await guarded.browser("ann")
    assert one.csrf != other.csrf
    headers = one.headers() | {"X-Shardwright-Csrf": other.csrf}
    assert (await one.call("POST", RESYNC, headers=headers))[0] == 403


async def test_a_token_beats_the_cookie_and_needs_no_csrf(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer")
    browser = await guarded.browser("ann")
    headers = browser.headers(**await guarded.token("bob", "operator")) | {"X-Shardwright-Csrf": ""}
    assert (await browser.call("POST", RESYNC, headers=headers))[0] == 200
    assert guarded.served.facade.calls[-1] == ("resync", ("Thing", "bob/test (token)"))
    assert (await browser.call("GET", KINDS, headers=browser.headers(**bearer("bad"))))[0] == 401


async def test_a_follower_judges_and_the_leader_judges_again(guarded: Guarded, serve: Serve) -> None:
    leader = guarded.served
    await guarded.user("ann", "operator")
    there = following(f"http://{leader.host}:{leader.port}", holder="orch-2")
    follower = await serve(FacadeDouble(place=there), access=guarded.access)
    browser = await guarded.browser("ann")
    own = {"Origin": f"http://{follower.host}:{follower.port}", "Sec-Fetch-Site": "same-origin"}
    browser.served = follower
    assert (await browser.call("POST", RESYNC, headers=browser.headers(**own)))[0] == 200
    assert leader.facade.calls == [("resync", ("Thing", "ann (session)"))]
    assert (await browser.call("POST", RESYNC, headers={}))[0] == 401
    claims = {"X-Shardwright-Passed-By": "orch-2", "X-Shardwright-Asked-By": "10.0.0.1"}
    assert (await call(leader, "POST", RESYNC, headers=claims))[0] == 401
    unguarded = await serve(FacadeDouble(place=there))
    assert (await call(unguarded, "POST", RESYNC))[0] == 401
    assert len(leader.facade.calls) == 1


async def test_who_was_let_in_stays_so_for_a_while_when_the_database_is_away(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guarded.user("ann", "viewer")
    browser = await guarded.browser("ann")
    assert (await browser.call("GET", KINDS))[0] == 200

    async def away(*_: object) -> None:
        raise Unavailable("the database of the accounts does not answer")

    for name in ("session", "token", "user"):
        monkeypatch.setattr(guarded.accounts, name, away)
    guarded.time.now += GRACE_S - 1
    assert (await browser.call("GET", KINDS))[0] == 200
    async with guarded.served.get(KINDS, headers=bearer("swt_0123456789ab_" + "0" * 64)) as answer:
        await problem(answer, 503)
    guarded.time.now += 1
    assert (await browser.call("GET", KINDS))[0] == 503
    async with guarded.served.get("/livez", headers=browser.headers()) as answer:
        assert answer.status == 200


async def test_the_details_of_readiness_are_for_who_is_signed_in(guarded: Guarded) -> None:
    async with guarded.served.get("/readyz") as answer:
        assert answer.status == 200
    async with guarded.served.get("/readyz?verbose") as answer:
        await problem(answer, 401)
    async with guarded.served.get("/readyz?verbose", headers=await guarded.token("none")) as answer:
        await problem(answer, 403)
    async with guarded.served.get("/readyz?verbose", headers=await guarded.token("v", "viewer")) as answer:
        assert (await answer.json())["dependencies"] is not None


async def test_the_short_way_of_the_lookup_asks_who_it_is(guarded: Guarded) -> None:
    guarded.served.facade.own("Thing", "t-1")
    path = "/v1/api/orchestrations/Thing/t-1/instances"
    headers, others = await guarded.token("ann", "viewer:Thing"), await guarded.token("bob", "viewer:Rule")
    for _ in range(3):
        assert (await call(guarded.served, "GET", path))[0] == 401
        assert (await call(guarded.served, "GET", path, headers=others))[0] == 403
        assert (await call(guarded.served, "GET", path, headers=headers))[0] == 200


async def test_a_stream_ends_with_the_right_to_read_it(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access.access.LOOK_AGAIN_S", 0.05)
    headers = await guarded.token("ann", "viewer")
    (own,) = await guarded.accounts.tokens("ann")
    async with guarded.served.get("/v1/api/events/stream", headers=headers) as answer:
        assert answer.status == 200
        assert b"hello" in await answer.content.readline()
        await guarded.accounts.revoke_token(own.id, at=guarded.time.now)
        guarded.time.now += FRESH_S
        async with asyncio.timeout(20):
            while await answer.content.readline():
                pass


@pytest.mark.parametrize("change", [{"password": HASHED_ANEW}, {"is_disabled": True}])
async def test_what_is_changed_while_a_password_is_tried_ends_that_session_too(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    await guarded.user("ann", "operator")
    inner = CHEAP.fits

    async def slow(password: str, hashed: str | None) -> bool:
        done = await inner(password, hashed)
        ann = await guarded.accounts.user("ann")
        if ann is not None and ann.version == 1:
            await guarded.accounts.change_user(replace(ann, version=2, **change))
        return done

    monkeypatch.setattr(CHEAP, "fits", slow)
    async with guarded.served.post(SESSION, json={"name": "ann", "password": PASSWORD}) as answer:
        await problem(answer, 401)
        assert COOKIE not in answer.cookies


async def test_a_password_that_is_only_kept_in_another_way_meanwhile_fits_all_the_same(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guarded.user("ann", "operator")
    monkeypatch.setattr(CHEAP, "is_outdated", lambda hashed: True)
    assert (await (await guarded.browser("ann")).call("GET", KINDS))[0] == 200


async def test_a_cookie_is_no_token_and_a_token_no_cookie(guarded: Guarded) -> None:
    await guarded.user("ann", "operator")
    browser, token = await guarded.browser("ann"), await guarded.token("ann", "operator")
    assert (await browser.call("GET", KINDS))[0] == 200
    assert (await call(guarded.served, "GET", KINDS, headers=token))[0] == 200
    # Both are remembered now, and neither as the other.
    assert (await call(guarded.served, "POST", RESYNC, headers=bearer(browser.cookie)))[0] == 401
    held = {"Cookie": f"{COOKIE}={token['Authorization'].removeprefix('Bearer ')}"}
    assert (await call(guarded.served, "GET", KINDS, headers=held))[0] == 401


async def test_a_database_that_does_not_answer_is_not_waited_for_by_each_request(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guarded.user("ann", "viewer")
    await guarded.user("bob", "viewer")
    ann, bob = await guarded.browser("ann"), await guarded.browser("bob")
    for one in (ann, bob):
        assert (await one.call("GET", KINDS))[0] == 200
    asked = 0

    async def away(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise Unavailable("the database of the accounts did not answer within 20 s")

    kept = guarded.accounts.session
    monkeypatch.setattr(guarded.accounts, "session", away)
    guarded.time.now += FRESH_S
    for _ in range(20):
        assert (await ann.call("GET", KINDS))[0] == 200
    assert asked == 1
    guarded.time.now += AGAIN_S
    assert (await ann.call("GET", KINDS))[0] == 200 and asked == 2
    # What was in vain for one says nothing of another: who was signed out must not hide behind it.
    await guarded.accounts.end_session(digest_of(bob.cookie))
    monkeypatch.setattr(guarded.accounts, "session", kept)
    assert (await bob.call("GET", KINDS))[0] == 401
    guarded.time.now += AGAIN_S
    await guarded.accounts.end_session(digest_of(ann.cookie))
    assert (await ann.call("GET", KINDS))[0] == 401
