"""What every database of accounts does alike."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core.access import Grant, Role
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports.accounts import Changed, Session, Token, User
from orchestrator.store.accounts import SqlAccounts
from tests.services import postgres

ADMIN = User(name="admin", password="h0", grants=(Grant(Role.ADMIN),), created=1.0, changed=1.0)
ANN = User(name="ann", password="h1", grants=(Grant(Role.VIEWER), Grant(Role.OPERATOR, "Thing")), created=2.5)
TOKEN = Token(id="t1", name="ci", owner="ann", digest="d1", grants=ANN.grants, created=5.0, expires=100.0)
SESSION = Session(digest="s1", name="ann", source="password", created=5.0, used=5.0, expires=100.0)

Open = Callable[..., Awaitable[SqlAccounts]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def open_accounts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    opened: list[SqlAccounts] = []
    url = postgres.shared() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'accounts.db'}"

    async def open_one(first: Callable[[], User] | None = None) -> SqlAccounts:
        opened.append(await SqlAccounts.open(url, first=first))
        return opened[-1]

    yield open_one
    for accounts in opened:
        await accounts.close()


async def test_what_is_written_comes_back_whole_to_every_replica(open_accounts: Open) -> None:
    one, other = await open_accounts(), await open_accounts()
    hostile = replace(ANN, name="x", password="ключ 🦊 ' \" --", grants=())
    for user in (ANN, hostile):
        assert await one.add_user(user) is Changed.DONE
    assert await other.user("ann") == ANN and await other.user("x") == hostile
    assert list(await other.users()) == [ANN, hostile]
    assert await one.add_token(TOKEN) is Changed.DONE
    assert await one.add_token(TOKEN) is Changed.TAKEN
    assert await other.token("t1") == TOKEN
    await one.add_session(SESSION, idle=50.0)
    assert await other.session("s1") == SESSION
    await other.used_session("s1", at=7.0)
    await other.used_token("t1", at=8.0)
    assert await one.session("s1") == replace(SESSION, used=7.0)
    assert await one.token("t1") == replace(TOKEN, last_used=8.0)
    for nothing in (one.user("Ann"), one.token("t2"), one.session("")):
        assert await nothing is None


async def test_the_first_user_is_made_once_whoever_starts(open_accounts: Open) -> None:
    made = []

    def first() -> User:
        made.append(ADMIN)
        return ADMIN

    both = await asyncio.gather(open_accounts(first), open_accounts(first))
    assert made == [ADMIN]
    for accounts in (*both, await open_accounts(first)):
        assert list(await accounts.users()) == [ADMIN]


async def test_a_first_user_that_cannot_be_made_is_made_next_time(open_accounts: Open) -> None:
    def unable() -> User:
        raise Permanent("the disk is full")

    with pytest.raises(Permanent, match="the disk is full"):
        await open_accounts(unable)
    assert list(await (await open_accounts(lambda: ADMIN)).users()) == [ADMIN]


async def test_a_name_is_taken_once_of_many_at_once(open_accounts: Open) -> None:
    one, other = await open_accounts(), await open_accounts()
    found = await asyncio.gather(*(each.add_user(ANN) for each in (one, other) for _ in range(5)))
    assert sorted(changed.value for changed in found) == ["done"] + ["taken"] * 9


async def test_a_user_is_changed_from_the_version_that_was_seen(open_accounts: Open) -> None:
    accounts = await open_accounts()
    for user in (ADMIN, ANN):
        await accounts.add_user(user)
    second = replace(ANN, grants=(), version=2)
    assert await accounts.change_user(second) is Changed.DONE
    assert await accounts.change_user(second) is Changed.STALE
    assert await accounts.change_user(replace(ANN, name="bob")) is Changed.ABSENT
    assert await accounts.user("ann") == second


async def test_somebody_may_always_do_everything(open_accounts: Open) -> None:
    one, other = await open_accounts(lambda: ADMIN), await open_accounts()
    for changed in (replace(ADMIN, grants=(Grant(Role.ADMIN, "Thing"),)), replace(ADMIN, is_disabled=True)):
        assert await one.change_user(replace(changed, version=2)) is Changed.LAST_ADMIN
    assert await one.remove_user("admin") is Changed.LAST_ADMIN
    assert await one.remove_user("bob") is Changed.ABSENT
    await one.add_user(replace(ADMIN, name="root"))
    # Each of the two would be the last one after the other.
    found = await asyncio.gather(one.remove_user("admin"), other.remove_user("root"))
    assert {changed.value for changed in found} == {"done", "last-admin"}
    assert len(await one.users()) == 1


async def test_who_gets_another_password_or_is_disabled_is_signed_out(open_accounts: Open) -> None:
    accounts = await open_accounts()
    await accounts.add_user(ANN)
    for version, change in ((2, {"grants": ()}), (3, {"password": "h2"}), (4, {"is_disabled": True})):
        await accounts.add_session(SESSION, idle=50.0)
        before = await accounts.user("ann")
        assert before is not None
        assert await accounts.change_user(replace(before, **change, version=version)) is Changed.DONE
        assert (await accounts.session("s1") is not None) == (version == 2)
        await accounts.end_session("s1")


async def test_a_user_goes_with_tokens_and_sessions(open_accounts: Open) -> None:
    accounts = await open_accounts()
    for user in (ANN, replace(ANN, name="bob")):
        await accounts.add_user(user)
    await accounts.add_token(TOKEN)
    await accounts.add_token(replace(TOKEN, id="t2", owner="bob"))
    for session in (
        SESSION,
        replace(SESSION, digest="s2", name="ann/ci", source="token", token="t1"),
        replace(SESSION, digest="s3", name="bob/ci", source="token", token="t2"),
    ):
        await accounts.add_session(session, idle=50.0)
    assert await accounts.remove_user("ann") is Changed.DONE
    assert [token.id for token in await accounts.tokens()] == ["t2"]
    left = [digest for digest in ("s1", "s2", "s3") if await accounts.session(digest)]
    assert left == ["s3"]


async def test_a_token_is_revoked_with_all_that_came_of_it(open_accounts: Open) -> None:
    accounts = await open_accounts()
    await accounts.add_user(ANN)
    for token in (
        TOKEN,
        replace(TOKEN, id="t2", parent="t1", created=6.0),
        replace(TOKEN, id="t3", parent="t2", created=7.0),
        replace(TOKEN, id="t4", created=8.0),
    ):
        await accounts.add_token(token)
    await accounts.add_session(replace(SESSION, source="token", token="t3"), idle=50.0)
    assert await accounts.revoke_token("t1", at=9.0) is Changed.DONE
    assert await accounts.revoke_token("t1", at=10.0) is Changed.ABSENT
    assert await accounts.revoke_token("none", at=10.0) is Changed.ABSENT
    found = [(token.id, token.revoked) for token in await accounts.tokens("ann")]
    assert found == [("t4", None), ("t3", 9.0), ("t2", 9.0), ("t1", 9.0)]
    assert await accounts.session("s1") is None
    assert await accounts.tokens("bob") == []


async def test_what_was_revoked_or_removed_makes_no_token_any_more(open_accounts: Open) -> None:
    accounts, other = await open_accounts(), await open_accounts()
    child = replace(TOKEN, id="t2", parent="t1")
    assert await accounts.add_token(TOKEN) is Changed.ABSENT
    await accounts.add_user(ANN)
    assert await accounts.add_token(child) is Changed.ABSENT
    assert await accounts.add_token(TOKEN) is Changed.DONE
    await other.revoke_token("t1", at=9.0)
    assert await accounts.add_token(child) is Changed.ABSENT
    assert [token.id for token in await accounts.tokens()] == ["t1"]


async def test_what_is_over_goes_in_time(open_accounts: Open) -> None:
    accounts, month = await open_accounts(), 25 * 86400.0
    await accounts.add_user(ANN)
    await accounts.add_session(SESSION, idle=50.0)
    await accounts.add_session(replace(SESSION, digest="s2", created=56.0, used=56.0), idle=50.0)
    assert await accounts.session("s1") is None and await accounts.session("s2") is not None
    await accounts.add_token(TOKEN)
    await accounts.add_token(replace(TOKEN, id="t2", created=month, expires=2 * month))
    assert len(await accounts.tokens()) == 2
    await accounts.revoke_token("t2", at=month)
    await accounts.add_token(replace(TOKEN, id="t3", created=3 * month, expires=4 * month))
    assert [token.id for token in await accounts.tokens()] == ["t3"]


async def test_closed_accounts_are_unavailable(open_accounts: Open) -> None:
    accounts = await open_accounts()
    await accounts.close()
    await accounts.close()
    with pytest.raises(Unavailable, match="closed"):
        await accounts.users()


async def test_a_file_of_accounts_is_for_its_owner_only(tmp_path: Path) -> None:
    accounts = await SqlAccounts.open(f"sqlite:///{tmp_path / 'accounts.db'}")
    await accounts.add_user(ANN)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    await accounts.close()


async def test_accounts_whose_database_is_away_come_later(tmp_path: Path) -> None:
    with postgres.own() as server:
        server.start()
        url = postgres.database(server.url)
        server.stop()
        accounts = await SqlAccounts.open(url, first=lambda: ADMIN, required=False)
        with pytest.raises(Unavailable, match="the account register"):
            await accounts.users()
        with pytest.raises(Unavailable):
            await SqlAccounts.open(url)
        server.start()
        assert list(await accounts.users()) == [ADMIN]
        await accounts.close()
