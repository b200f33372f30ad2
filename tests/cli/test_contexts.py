"""Which server is asked, with whose token: options beat the environment, which beats the file."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.client.raw import Raw, raw

KINDS: dict[str, list[Any]] = {"items": []}


@pytest.fixture
def file(home: Path) -> Path:
    return home / "configuration" / "shardwright" / "config.yaml"


def tokens(server: Raw) -> list[str | None]:
    return [headers.get("Authorization") for _, _, headers, _ in server.asked]


def test_a_context_is_made_used_listed_and_forgotten(shardwright: Any, file: Path) -> None:
    assert shardwright("context", "list").out == "no contexts\n"
    assert shardwright("context", "current").code == 1
    assert shardwright("context", "set", "prod", "--server", "https://prod:8080/", "--use").code == 0
    assert shardwright("context", "set", "test", "--server", "127.0.0.1:1", "--ca", "ca.pem").code == 0
    assert shardwright("context", "list").out.splitlines() == [
        "   NAME  SERVER              SIGN-IN  CA",
        "*  prod  https://prod:8080   -        -",
        "   test  http://127.0.0.1:1  -        ca.pem",
    ]
    assert shardwright("context", "list", "-o", "name").out == "prod\ntest\n"
    assert shardwright("context", "use", "test").code == 0
    assert shardwright("context", "current").out == "test  http://127.0.0.1:1\n"
    assert shardwright("context", "delete", "test").code == 0
    assert yaml.safe_load(file.read_text()) == {
        "current": "",
        "contexts": {"prod": {"server": "https://prod:8080"}},
    }
    assert shardwright("context", "use", "nope").code == 2


def test_the_file_is_for_its_owner_alone_and_replaced_in_one_step(shardwright: Any, file: Path) -> None:
    shardwright("context", "set", "prod", "--server", "https://prod")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["config.yaml"]


def test_options_beat_the_environment_which_beats_the_current_context(
    shardwright: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw(KINDS) as current, raw(KINDS) as named, raw(KINDS) as told, raw(KINDS) as given:
        shardwright("context", "set", "current", "--server", current.url, "--use")
        shardwright("context", "set", "named", "--server", named.url)
        assert shardwright("get", "kinds").code == 0
        monkeypatch.setenv("SHARDWRIGHT_CONTEXT", "named")
        shardwright("get", "kinds")
        monkeypatch.setenv("SHARDWRIGHT_SERVER", told.url)
        shardwright("get", "kinds")
        shardwright("--context", "current", "get", "kinds")
        shardwright("get", "kinds", "--server", given.url)
        assert [len(each.asked) for each in (current, named, told, given)] == [2, 1, 1, 1]
        assert shardwright("--context", "current", "--server", given.url, "get", "kinds").code == 2
        assert shardwright("--context", "nope", "get", "kinds").code == 2


def test_a_token_goes_to_the_server_of_its_context_and_nowhere_else(
    shardwright: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw(KINDS) as own, raw(KINDS) as other:
        file.parent.mkdir(parents=True)
        known = {"own": {"server": own.url, "token": "swt_a_b"}}
        file.write_text(json.dumps({"current": "own", "contexts": known}))
        shardwright("get", "kinds")
        shardwright("get", "kinds", "--server", own.url)
        shardwright("get", "kinds", "--server", other.url)
        assert tokens(own) == ["Bearer swt_a_b"] * 2
        assert tokens(other) == [None]
        monkeypatch.setenv("SHARDWRIGHT_TOKEN", "swt_c_d")
        shardwright("get", "kinds", "--server", other.url)
        assert tokens(other)[1] == "Bearer swt_c_d"
        monkeypatch.delenv("SHARDWRIGHT_TOKEN")
        shardwright("context", "set", "own", "--server", other.url)
        shardwright("get", "kinds")
        assert tokens(other)[2] is None


def test_a_command_gives_the_token_when_it_is_needed(shardwright: Any) -> None:
    with raw(KINDS) as server:
        words = ("--token-command", "printf", "--token-command", r"swt_x_y\n")
        shardwright("context", "set", "c", "--server", server.url, *words, "--use")
        assert shardwright("get", "kinds").code == 0
        assert tokens(server) == ["Bearer swt_x_y"]
        shardwright("context", "set", "c", "--token-command", "false")
        ended = shardwright("get", "kinds")
        assert (ended.code, len(server.asked)) == (1, 1)
        assert ended.err.startswith("false gave no token: ")


def test_no_token_is_shown(shardwright: Any, file: Path) -> None:
    file.parent.mkdir(parents=True)
    known = {"own": {"server": "https://own", "token": "swt_secret_part"}}
    file.write_text(json.dumps({"current": "own", "contexts": known}))
    for words in (("list",), ("list", "-o", "json"), ("current", "-o", "yaml"), ("set", "own", "-o", "json")):
        ended = shardwright("context", *words)
        assert ended.code == 0
        assert "secret" not in ended.out + ended.err


def test_a_token_that_goes_unprotected_is_told_of(shardwright: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARDWRIGHT_TOKEN", "swt_a_b")
    monkeypatch.setenv("no_proxy", "*")
    # This machine by an address that is not the loopback's: nobody answers there.
    ended = shardwright("get", "kinds", "--server", "http://0.0.0.0:1")
    assert ended.code == 4
    assert ended.err.startswith("note: the token goes to http://0.0.0.0:1 unprotected")


@pytest.mark.parametrize(
    "text", ["contexts: [a]", "{", "current: [", "other: 1", "contexts: {a: {sever: x}}", "contexts: {a: {}}"]
)
def test_a_file_that_cannot_be_understood_is_told_in_a_line(shardwright: Any, file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)
    ended = shardwright("get", "kinds", "--server", "http://127.0.0.1:1")
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert f"{file} cannot be understood: " in ended.err
