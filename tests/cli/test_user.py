"""``shardwright user`` and ``shardwright token``."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest

USERS, TOKENS = "/v1/api/users", "/v1/api/tokens"


def user(**changed: Any) -> dict[str, Any]:
    given = {"name": "ann", "grants": ["viewer", "operator:Thing"], "disabled": False, "version": 1}
    return given | {"createdAt": 1.0, "changedAt": time.time() - 61.5} | changed


def token(**changed: Any) -> dict[str, Any]:
    now = time.time()
    given = {"id": "0123456789ab", "name": "ci", "owner": "ann", "grants": ["viewer"], "createdAt": now}
    return given | {"expiresAt": now + 86400.5, "lastUsedAt": None, "revokedAt": None} | changed


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))


def test_users_are_listed(api: Any, shardwright: Any) -> None:
    api.answers[USERS] = {"items": [user(), user(name="off", disabled=True, grants=[])], "next": None}
    ended = shardwright("user", "list", "--server", api.url)
    assert ended.code == 0
    header, first, second = ended.out.splitlines()
    assert header.split() == ["USER", "LET", "IN", "CHANGED", "MAY"]
    assert first.split() == ["ann", "yes", "1min1s", "viewer,", "operator:Thing"]
    assert second.split()[:2] == ["off", "no"]
    assert shardwright("user", "list", "-o", "name", "--server", api.url).out == "ann\noff\n"


def test_a_user_is_made_with_a_password_that_no_argument_shows(
    api: Any, shardwright: Any, typed: None
) -> None:
    api.answers[USERS] = user()
    words = ("add", "ann", "--grant", "viewer", "--grant", "operator:Thing", "--password-stdin")
    ended = shardwright("user", *words, "--server", api.url)
    assert (ended.code, ended.out) == (0, "ann  may: viewer, operator:Thing\n")
    wish = {"name": "ann", "password": "correct horse battery", "grants": ["viewer", "operator:Thing"]}
    assert api.asked == [("POST", USERS, wish)]


def test_a_password_that_cannot_be_asked_for_is_a_usage_error(api: Any, shardwright: Any) -> None:
    ended = shardwright("user", "add", "ann", "--grant", "viewer", "--server", api.url)
    assert ended.code == 2 and "--password-stdin" in ended.err
    assert api.asked == []


@pytest.mark.parametrize(
    ("words", "wish", "said"),
    [
        (("grant", "ann", "--grant", "admin"), {"grants": ["admin"]}, "ann  may: viewer, operator:Thing"),
        (("disable", "ann"), {"disabled": True}, "ann  is let in no more"),
        (("enable", "ann"), {"disabled": False}, "ann  is let in again"),
        (
            ("password", "ann", "--password-stdin"),
            {"password": "correct horse battery"},
            "ann  has another password",
        ),
    ],
)
def test_a_user_is_changed(
    api: Any, shardwright: Any, typed: None, words: tuple[str, ...], wish: dict[str, Any], said: str
) -> None:
    api.answers[f"{USERS}/ann"] = user()
    ended = shardwright("user", *words, "--server", api.url)
    assert (ended.code, ended.out) == (0, said + "\n")
    assert api.asked == [("PATCH", f"{USERS}/ann", wish)]


def test_a_removal_can_be_tried(api: Any, shardwright: Any) -> None:
    api.answers[f"{USERS}/ann"] = {"removed": "ann"}
    ended = shardwright("user", "remove", "ann", "--dry-run", "--server", api.url)
    assert ended.out.splitlines() == ["ann  is removed", "not done: this is a dry run"]
    ((method, path, _),) = api.asked
    assert method == "DELETE" and path.startswith(f"{USERS}/ann?dryRun=")


def test_tokens_are_listed_with_those_that_count_no_more(api: Any, shardwright: Any) -> None:
    gone = token(id="x" * 12, revokedAt=1.0, lastUsedAt=time.time() - 3)
    api.answers[TOKENS] = {"items": [token(), gone], "next": None}
    ended = shardwright("token", "list", "--all", "--server", api.url)
    assert ended.code == 0
    _, first, second = ended.out.splitlines()
    assert first.split()[:4] == ["0123456789ab", "ci", "ann", "yes"]
    assert second.split()[3] == "no"
    assert "all=" in api.asked[0][1]


def test_a_new_token_is_all_that_a_program_reads(api: Any, shardwright: Any) -> None:
    api.answers[TOKENS] = token(token="swt_0123456789ab_00")
    words = ("create", "ci", "--grant", "viewer", "--days", "30", "-o", "name", "--server", api.url)
    ended = shardwright("token", *words)
    assert (ended.code, ended.out, ended.err) == (0, "swt_0123456789ab_00\n", "")
    assert api.asked == [("POST", TOKENS, {"name": "ci", "grants": ["viewer"], "expiresIn": 30 * 86400.0})]
    ended = shardwright("token", "create", "ci", "--server", api.url)
    assert "swt_0123456789ab_00" in ended.out and "may: viewer" in ended.err


def test_a_token_is_revoked(api: Any, shardwright: Any) -> None:
    api.answers[f"{TOKENS}/0123456789ab"] = {"removed": "0123456789ab"}
    ended = shardwright("token", "revoke", "0123456789ab", "--server", api.url)
    assert (ended.code, ended.out) == (0, "0123456789ab  is revoked\n")
    assert api.asked[0][0] == "DELETE"


def test_an_open_server_has_nobody_to_recover(
    shardwright: Any, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARDWRIGHT_ACCESS__MODE", "open")
    ended = shardwright("user", "recover")
    assert ended.code == 1 and "access.mode is open" in ended.err
