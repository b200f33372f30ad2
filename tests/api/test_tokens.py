"""API tokens: shown once, never stronger than their maker, gone when they are to be gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.access.recall import FRESH_S
from orchestrator.core.access import parsed
from tests.api.accounts import Guarded, bearer, call, guarded
from tests.api.problems import problem

__all__ = ["guarded"]

TOKENS, KINDS, RESYNC = "/v1/api/tokens", "/v1/api/kinds", "/v1/api/kinds/Thing/resync"


async def test_a_token_is_shown_once_and_kept_as_a_digest(guarded: Guarded) -> None:
    await guarded.user("ann", "operator")
    browser = await guarded.browser("ann")
    status, made = await browser.call("POST", TOKENS, json={"name": "ci", "grants": ["viewer:Thing"]})
    assert status == 200 and made["token"].startswith(f"swt_{made['id']}_")
    assert made["expiresAt"] == guarded.time.now + 90 * 86400
    secret = made.pop("token")
    status, said = await browser.call("GET", TOKENS)
    assert (status, said["items"]) == (200, [made])
    (row,) = await guarded.accounts.tokens("ann")
    assert secret.rpartition("_")[2] not in repr(row)
    headers = bearer(secret)
    assert (await call(guarded.served, "GET", f"{KINDS}/Thing", headers=headers))[0] == 200
    assert (await call(guarded.served, "POST", RESYNC, headers=headers))[0] == 403
    assert (await browser.call("GET", TOKENS))[1]["items"][0]["lastUsedAt"] == guarded.time.now
    wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    assert (await call(guarded.served, "GET", f"{KINDS}/Thing", headers=bearer(wrong)))[0] == 401


async def test_a_token_expires(guarded: Guarded) -> None:
    headers = await guarded.token("ann", "viewer", lasts=60.0)
    assert (await call(guarded.served, "GET", KINDS, headers=headers))[0] == 200
    guarded.time.now += 60.0
    assert (await call(guarded.served, "GET", KINDS, headers=headers))[0] == 401


async def test_a_revoked_token_counts_no_more_nor_those_that_it_made(guarded: Guarded) -> None:
    parent = await guarded.token("ann", "operator", lasts=600.0)
    (first,) = await guarded.accounts.tokens("ann")
    children = [parent]
    for depth in range(3):
        wish = {"name": f"child-{depth}"}
        status, made = await call(guarded.served, "POST", TOKENS, json=wish, headers=children[-1])
        assert status == 200 and made["expiresAt"] == first.expires
        children.append(bearer(made["token"]))
    assert (await call(guarded.served, "DELETE", f"{TOKENS}/{first.id}", headers=parent))[0] == 200
    for headers in children:
        assert (await call(guarded.served, "GET", KINDS, headers=headers))[0] == 401
    assert {token.revoked for token in await guarded.accounts.tokens()} == {guarded.time.now}


async def test_a_token_may_do_no_more_than_its_maker_now_and_later(guarded: Guarded) -> None:
    await guarded.user("ann", "operator:Thing", "viewer")
    browser = await guarded.browser("ann")
    for grants in (["operator"], ["admin:Thing"], ["operator:Rule"]):
        async with guarded.served.post(
            TOKENS, json={"name": "ci", "grants": grants}, headers=browser.headers()
        ) as answer:
            assert "no more than who makes it" in (await problem(answer, 403))["detail"]
    status, made = await browser.call("POST", TOKENS, json={"name": "ci"})
    assert (status, made["grants"]) == (200, ["viewer", "operator:Thing"])
    headers = bearer(made["token"])
    assert (await call(guarded.served, "POST", RESYNC, headers=headers))[0] == 200
    ann = await guarded.accounts.user("ann")
    assert ann is not None
    await guarded.accounts.change_user(replace(ann, grants=(parsed("viewer:Thing"),), version=2))
    guarded.time.now += FRESH_S
    assert (await call(guarded.served, "POST", RESYNC, headers=headers))[0] == 403
    assert (await call(guarded.served, "GET", f"{KINDS}/Thing", headers=headers))[0] == 200
    assert (await call(guarded.served, "GET", f"{KINDS}/Rule", headers=headers))[0] == 403


async def test_tokens_of_others_are_for_admins(guarded: Guarded) -> None:
    ann, bob = await guarded.token("ann", "operator"), await guarded.token("bob", "operator")
    root = await guarded.token("root", "admin")
    (own,) = await guarded.accounts.tokens("ann")
    status, said = await call(guarded.served, "GET", TOKENS, headers=bob)
    assert [token["owner"] for token in said["items"]] == ["bob"]
    assert (await call(guarded.served, "GET", f"{TOKENS}?all=true", headers=bob))[0] == 403
    absent = (await call(guarded.served, "DELETE", f"{TOKENS}/0123456789ab", headers=bob))[1]
    status, hidden = await call(guarded.served, "DELETE", f"{TOKENS}/{own.id}", headers=bob)
    assert status == 404 and hidden["detail"] == absent["detail"].replace("0123456789ab", own.id)
    status, said = await call(guarded.served, "GET", f"{TOKENS}?all=true", headers=root)
    assert {token["owner"] for token in said["items"]} == {"ann", "bob", "root"}
    assert (await call(guarded.served, "DELETE", f"{TOKENS}/{own.id}?dryRun=true", headers=root))[0] == 200
    assert (await call(guarded.served, "GET", KINDS, headers=ann))[0] == 200
    assert (await call(guarded.served, "DELETE", f"{TOKENS}/{own.id}", headers=root))[0] == 200
    assert (await call(guarded.served, "GET", KINDS, headers=ann))[0] == 401


async def test_a_token_of_fewer_rights_than_its_owner_revokes_itself_and_those_that_it_made_alone(
    guarded: Guarded,
) -> None:
    async def made(headers: dict[str, str], *grants: str) -> tuple[str, dict[str, str]]:
        wish = {"name": "one", "grants": list(grants)}
        status, said = await call(guarded.served, "POST", TOKENS, json=wish, headers=headers)
        assert status == 200
        return said["id"], bearer(said["token"])

    async def revoked(token: str, headers: dict[str, str]) -> int:
        return (await call(guarded.served, "DELETE", f"{TOKENS}/{token}", headers=headers))[0]

    whole = await guarded.token("ann", "operator")
    (first,) = await guarded.accounts.tokens("ann")
    weak_id, weak = await made(whole, "viewer")
    other_id, _ = await made(whole, "viewer")
    child_id, child = await made(weak, "viewer:Thing")
    grandchild_id, _ = await made(child, "viewer:Thing")
    for stranger in (first.id, other_id):
        path = f"{TOKENS}/{stranger}"
        async with guarded.served.request("DELETE", path, headers=weak) as answer:
            assert "revokes itself and those made with it" in (await problem(answer, 403))["detail"]
        assert (await call(guarded.served, "DELETE", f"{path}?dryRun=true", headers=weak))[0] == 403
    assert await revoked(weak_id, child) == 403, "nor the one that made it"
    async with guarded.served.post("/v1/api/session", json={"token": weak["Authorization"][7:]}) as answer:
        assert answer.status == 200
        cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
        proof = {**cookie, "X-Shardwright-Csrf": (await answer.json())["csrf"]}
    assert await revoked(other_id, proof) == 403, "nor by a session that it began"
    assert await revoked(grandchild_id, weak) == 200
    assert await revoked(child_id, child) == 200
    assert await revoked(weak_id, weak) == 200
    assert await revoked(other_id, whole) == 200
    assert await revoked(first.id, whole) == 200


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"name": "ci/2"}, "allowed: 1 to 64 of letters"),
        ({"name": "ci", "expiresIn": 30}, "expiresIn is 30"),
        ({"name": "ci", "expiresIn": 400 * 86400}, "access.token_lifetime"),
        ({"name": "ci", "expiresIn": "never"}, "expiresIn is 'never'"),
        ({"name": "ci", "grants": ["viewer:Nothing"]}, "is not configured"),
    ],
)
async def test_a_token_that_may_not_be_made_is_refused(
    guarded: Guarded, wish: dict[str, Any], said: str
) -> None:
    headers = await guarded.token("ann", "viewer")
    async with guarded.served.post(TOKENS, json=wish, headers=headers) as answer:
        assert said in (await problem(answer, 422))["detail"]


async def test_a_token_that_was_revoked_elsewhere_a_moment_ago_leaves_no_other_behind(
    guarded: Guarded,
) -> None:
    headers = await guarded.token("ann", "operator")
    assert (await call(guarded.served, "GET", KINDS, headers=headers))[0] == 200
    (own,) = await guarded.accounts.tokens("ann")
    await guarded.accounts.revoke_token(own.id, at=guarded.time.now)
    # This server has not seen it yet.
    async with guarded.served.post(TOKENS, json={"name": "left"}, headers=headers) as answer:
        assert "any more" in (await problem(answer, 409))["detail"]
    assert [token.id for token in await guarded.accounts.tokens("ann")] == [own.id]


async def test_a_token_is_shown_to_its_owner_with_a_version_by_which_it_is_revoked(guarded: Guarded) -> None:
    ann, bob = await guarded.token("ann", "viewer"), await guarded.token("bob", "viewer")
    (own,) = await guarded.accounts.tokens("ann")
    path = f"{TOKENS}/{own.id}"
    async with guarded.served.get(path, headers=ann) as answer:
        seen, said = answer.headers["ETag"], await answer.json()
        assert (answer.status, said["id"], said["owner"]) == (200, own.id, "ann")
        assert "token" not in said

    async def revoked(headers: dict[str, str], tag: str) -> int:
        given = {"headers": headers | {"If-Match": tag}}
        async with guarded.served.request("DELETE", path, **given) as answer:
            return answer.status

    assert (await call(guarded.served, "GET", path, headers=bob))[0] == 404
    assert await revoked(bob, seen) == await revoked(bob, "*") == 412, "as of one that is not there"
    assert await revoked(ann, '"other"') == 412
    assert await revoked(ann, seen) == 200
    assert (await call(guarded.served, "GET", KINDS, headers=ann))[0] == 401
    root = await guarded.token("root", "admin")
    assert await revoked(root, seen) == 412, "it is revoked by now"
