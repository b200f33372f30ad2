"""Users: who makes, changes and removes them, and who cannot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.api.accounts import PASSWORD, Guarded, call, guarded
from tests.api.problems import problem

__all__ = ["guarded"]

USERS, OWN = "/v1/api/users", "/v1/api/session/password"
NEW = "another good one"


@pytest.fixture
async def admin(guarded: Guarded) -> dict[str, str]:
    return await guarded.token("root", "admin")


async def test_a_user_is_made_shown_changed_and_removed(guarded: Guarded, admin: dict[str, str]) -> None:
    served, wish = guarded.served, {"name": "ann", "password": PASSWORD, "grants": ["viewer", "admin:Rule"]}
    status, made = await call(served, "POST", USERS, json=wish, headers=admin)
    assert (status, made["name"], made["grants"]) == (200, "ann", ["viewer", "admin:Rule"])
    assert made["version"] == 1 and "password" not in made
    assert (await call(served, "GET", f"{USERS}/ann", headers=admin))[1] == made
    listed = (await call(served, "GET", USERS, headers=admin))[1]["items"]
    assert [one["name"] for one in listed] == ["ann", "root"]
    browser = await guarded.browser("ann")
    assert (await browser.call("POST", "/v1/api/kinds/Thing/resync"))[0] == 403
    change = {"grants": ["operator"], "version": 1}
    status, after = await call(served, "PATCH", f"{USERS}/ann", json=change, headers=admin)
    assert (status, after["grants"], after["version"]) == (200, ["operator"], 2)
    assert (await browser.call("POST", "/v1/api/kinds/Thing/resync"))[0] == 200
    status, said = await call(served, "DELETE", f"{USERS}/ann", headers=admin)
    assert (status, said) == (200, {"removed": "ann"})
    assert (await browser.call("GET", "/v1/api/kinds"))[0] == 401
    assert (await call(served, "GET", f"{USERS}/ann", headers=admin))[0] == 404


async def test_who_is_disabled_or_has_a_new_password_is_signed_out(
    guarded: Guarded, admin: dict[str, str]
) -> None:
    async def change(**wish: object) -> int:
        return (await call(guarded.served, "PATCH", f"{USERS}/ann", json=wish, headers=admin))[0]

    await guarded.user("ann", "viewer")
    token = await guarded.token("ann", "viewer")
    for wish, of_token in (({"disabled": True}, 401), ({"password": NEW}, 200)):
        browser = await guarded.browser("ann")
        assert await change(**wish) == 200
        assert (await browser.call("GET", "/v1/api/kinds"))[0] == 401
        assert (await call(guarded.served, "GET", "/v1/api/kinds", headers=token))[0] == of_token
        assert await change(disabled=False) == 200
    await guarded.browser("ann", NEW)


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("PATCH", "/root", {"grants": ["operator"]}, "nobody would be left"),
        ("PATCH", "/root", {"disabled": True}, "nobody would be left"),
        ("DELETE", "/root", None, "nobody would be left"),
        ("POST", "", {"name": "root", "password": PASSWORD, "grants": []}, "of this name already"),
        ("PATCH", "/root", {"disabled": False, "version": 7}, "somebody else has changed"),
    ],
)
async def test_what_would_lock_out_or_overwrite_is_a_conflict(
    guarded: Guarded, admin: dict[str, str], method: str, path: str, body: Any, said: str
) -> None:
    given = {} if body is None else {"json": body}
    async with guarded.served.request(method, USERS + path, headers=admin, **given) as answer:
        assert said in (await problem(answer, 409))["detail"]
    assert (await call(guarded.served, "GET", USERS, headers=admin))[0] == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Ann"}, "allowed: 1 to 64 of a-z"),
        ({"name": "ann/ci"}, "allowed: 1 to 64 of a-z"),
        ({"name": "a" * 65}, "allowed: 1 to 64 of a-z"),
        ({"password": "short"}, "the password is too weak"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "the password is too weak"),
        ({"name": "a-rather-long-name", "password": "A-rather-long-name"}, "the password is too weak"),
        ({"password": "p" * 1025}, "the password is too weak"),
        ({"grants": ["root"]}, "'root' is no grant; allowed: viewer, operator, admin"),
        ({"grants": ["viewer:"]}, "'viewer:' is no grant"),
        ({"grants": ["viewer:Nothing"]}, "the kind 'Nothing' is not configured; allowed: Thing, Rule"),
        ({"grants": "viewer"}, "grants is 'viewer'"),
    ],
)
async def test_what_is_not_allowed_is_refused_with_what_is(
    guarded: Guarded, admin: dict[str, str], changed: dict[str, Any], said: str
) -> None:
    wish = {"name": "ann", "password": PASSWORD, "grants": ["viewer"], **changed}
    async with guarded.served.post(USERS, json=wish, headers=admin) as answer:
        found = await problem(answer, 422)
    assert said in found["detail"]
    assert str(changed.get("password", "?" * 9)) not in str(found)


async def test_a_dry_run_changes_nothing(guarded: Guarded, admin: dict[str, str]) -> None:
    await guarded.user("bob", "viewer")
    wish = {"name": "ann", "password": PASSWORD, "grants": []}
    for method, path, body in (
        ("POST", USERS, wish),
        ("PATCH", f"{USERS}/bob", {"disabled": True}),
        ("DELETE", f"{USERS}/bob", None),
    ):
        given = {} if body is None else {"json": body}
        assert (await call(guarded.served, method, f"{path}?dryRun=true", headers=admin, **given))[0] == 200
    assert [user.name for user in await guarded.accounts.users()] == ["bob", "root"]
    await guarded.browser("bob")


async def test_everybody_changes_the_own_password_who_knows_it(guarded: Guarded) -> None:
    await guarded.user("ann", "viewer:Thing")
    browser, other = await guarded.browser("ann"), await guarded.browser("ann")
    for wrong, status in (
        ({"password": "wrong", "newPassword": NEW}, 422),
        ({"password": PASSWORD, "newPassword": "weak"}, 422),
    ):
        assert (await browser.call("POST", OWN, json=wrong))[0] == status
    assert (await other.call("GET", "/v1/api/kinds"))[0] == 200
    assert (await browser.call("POST", OWN, json={"password": PASSWORD, "newPassword": NEW}))[0] == 200
    assert (await other.call("GET", "/v1/api/kinds"))[0] == 401
    await guarded.browser("ann", NEW)
    token = await guarded.token("bob", "viewer")
    wish = {"password": PASSWORD, "newPassword": NEW}
    assert (await call(guarded.served, "POST", OWN, json=wish, headers=token))[0] == 403


async def test_a_user_is_changed_only_as_the_version_that_was_seen(
    guarded: Guarded, admin: dict[str, str]
) -> None:
    path = f"{USERS}/ann"
    await guarded.user("ann", "viewer")

    async def ask(method: str, seen: str | None = None, **given: Any) -> tuple[int, str | None]:
        headers = admin | ({} if seen is None else {"If-Match": seen})
        async with guarded.served.request(method, path, headers=headers, **given) as answer:
            return answer.status, answer.headers.get("ETag")

    status, first = await ask("GET")
    assert status == 200 and first is not None
    assert await ask("GET") == (200, first)
    assert (await ask("PATCH", '"other"', json={"grants": ["admin"]}))[0] == 412
    tried = {"params": {"dryRun": "true"}, "json": {"disabled": True}}
    assert await ask("PATCH", first, **tried) == (200, first)
    status, second = await ask("PATCH", first, json={"password": NEW})
    assert status == 200 and second not in (first, None)
    assert await ask("GET") == (200, second)
    assert (await ask("PATCH", first, json={"disabled": True}))[0] == 412
    assert (await ask("DELETE", first))[0] == 412
    answers = await asyncio.gather(*(ask("PATCH", second, json={"grants": ["viewer"]}) for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 412, 412]
    assert await ask("DELETE", "*") == (200, None)
    assert (await ask("DELETE", "*"))[0] == 412, "of nobody there is no version"


async def test_what_another_server_changes_after_the_version_was_judged_is_a_conflict(
    guarded: Guarded, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await guarded.user("ann", "viewer")
    inner = guarded.accounts.user

    async def looked_up(name: str) -> Any:
        found = await inner(name)
        if name == "ann" and found is not None and found.version == 1:
            await guarded.accounts.change_user(replace(found, grants=(), version=2))
        return found

    monkeypatch.setattr(guarded.accounts, "user", looked_up)
    given = {"json": {"grants": ["admin"]}, "headers": admin | {"If-Match": "*"}}
    async with guarded.served.request("PATCH", f"{USERS}/ann", **given) as answer:
        await problem(answer, 409)
    ann = await inner("ann")
    assert ann is not None and ann.grants == ()
