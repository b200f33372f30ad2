"""Signing in for good, and out again, on a server with accounts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.accounts import PASSWORD
from tests.cli.real import Real, real


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Real]:
    with real(tmp_path, ann="operator:Thing", viewer="viewer") as server:
        yield server


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_login_is_kept_until_the_logout(
    guarded: Real, shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARDWRIGHT_SERVER", guarded.url)
    refused = shardwright("get", "kinds")
    assert (refused.code, refused.out) == (3, "")
    assert refused.err.splitlines()[-1] == "  - sign in with: shardwright login"
    typed(monkeypatch, PASSWORD + "\n")
    ended = shardwright("login", "--name", "ann", "--password-stdin", "--as", "test")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"test  ann is signed in at {guarded.url} for 90 d\n"
    file = home / "configuration" / "shardwright" / "config.yaml"
    kept = yaml.safe_load(file.read_text())
    assert kept["current"] == "test"
    token = kept["contexts"]["test"]["token"]
    monkeypatch.setenv("SHARDWRIGHT_SERVER", "")
    assert shardwright("get", "kinds", "-o", "name").out == "Thing\n"
    assert shardwright("logout").code == 0
    assert "token" not in yaml.safe_load(file.read_text())["contexts"]["test"]
    monkeypatch.setenv("SHARDWRIGHT_TOKEN", token)
    assert shardwright("get", "kinds").code == 3
    monkeypatch.delenv("SHARDWRIGHT_TOKEN")
    assert shardwright("logout").code == 1


def test_a_wrong_password_is_refused_and_nothing_is_kept(
    guarded: Real, shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "wrong\n")
    ended = shardwright("login", "--name", "ann", "--password-stdin", "--server", guarded.url)
    assert ended.code == 3
    assert ended.err == "Unauthorized: name and password do not fit\n"
    assert not (home / "configuration").exists()


def test_a_token_of_elsewhere_is_tried_before_it_is_kept(
    guarded: Real, shardwright: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "swt_aaaa_bbbb\n")
    ended = shardwright("login", "--token-stdin", "--server", guarded.url)
    assert ended.code == 3
    assert not (home / "configuration").exists()


def test_no_password_goes_where_others_can_listen(shardwright: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PASSWORD + "\n")
    words = ("--name", "ann", "--password-stdin", "--server", "http://0.0.0.0:1")
    ended = shardwright("login", *words)
    assert ended.code == 3
    assert "is not protected" in ended.err


def test_nobody_signs_in_where_the_server_is_open(shardwright: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "x\n")
    with real() as server:
        ended = shardwright("login", "--name", "ann", "--password-stdin", "--server", server.url)
    assert ended.code == 1
    assert "nobody signs in there" in ended.err


def test_a_role_that_does_not_reach_is_refused(
    guarded: Real, shardwright: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, PASSWORD + "\n")
    shardwright("login", "--name", "viewer", "--password-stdin", "--server", guarded.url)
    ended = shardwright("pause", "Thing", "--server", guarded.url)
    assert ended.code == 3
    assert ended.err.startswith("Forbidden: ")
    assert "login" not in ended.err
