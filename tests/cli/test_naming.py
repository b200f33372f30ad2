"""How kinds and shards are named, and completed by a shell."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import LOST, THING, WELL

from orchestrator.cli import completing, known_kinds

SHARD = "/v1/api/kinds/Thing/shards/3"
INSTANCE = "/v1/api/instances/Thing/3"


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (("describe", "shard"), SHARD),
        (("describe", "instance"), f"{SHARD}/instance"),
        (("logs",), f"{INSTANCE}/logs"),
        (("restart",), "/v1/api/kinds/Thing/instances/3/restart"),
        (("drain",), f"{SHARD}/drain"),
        (("fence", "--uid", "u"), f"{INSTANCE}/fence"),
        (("shard", "set", "--label", "zone=b"), SHARD),
        (("drill", "kill-instance", "--yes"), "/v1/api/kinds/Thing"),
    ],
)
def test_a_shard_is_named_in_one_word_or_in_two(
    api: Any, shardwright: Any, words: tuple[str, ...], path: str
) -> None:
    for name in (("Thing/3",), ("Thing", "3")):
        api.asked.clear()
        ended = shardwright(*words, *name, "--server", api.url)
        assert ended.code == 1, ended.err
        assert [target.partition("?")[0] for _, target, _ in api.asked][:1] == [path]


@pytest.mark.parametrize(
    "name",
    [("Thing",), ("Thing/3", "3"), ("Thing", "x"), ("Thing/", "3"), ("Thing", "-1"), ("3",), ("Thing/x",)],
)
def test_what_is_no_shard_is_a_usage_error(api: Any, shardwright: Any, name: tuple[str, ...]) -> None:
    assert shardwright("describe", "shard", *name, "--server", api.url).code == 2
    assert api.asked == []


def completed(line: str, folder: Path, **environ: str) -> list[str]:
    program = Path(sys.executable).with_name("shardwright")
    told = {
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
        "_SHARDWRIGHT_COMPLETE": "complete_bash",
        "XDG_CONFIG_HOME": str(folder),
    }
    ended = subprocess.run(
        [program],
        capture_output=True,
        text=True,
        env={**os.environ, **told, **environ},
        timeout=60,
        cwd=folder,
    )
    assert ended.stderr == ""
    return ended.stdout.split()


def test_kinds_are_completed_from_the_server_that_would_be_asked(api: Any, tmp_path: Path) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    for line in ("describe kind T", "get shards ", "drain Th", "diff T", "events --kind T", "explain "):
        assert completed(f"shardwright {line}", tmp_path, SHARDWRIGHT_SERVER=api.url) == ["Thing"], line
    assert completed(f"shardwright --server {api.url} resync ", tmp_path) == ["Thing"]
    assert completed("shardwright resync X", tmp_path, SHARDWRIGHT_SERVER=api.url) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("describe shard Thing ", ["16", "17"]),
        ("describe instance Thing 17", ["17"]),
        ("logs Thing/", ["Thing/16", "Thing/17"]),
        ("logs Thing/17 ", []),
        ("drain Thing/17", ["Thing/17"]),
        ("fence Thing 1", ["16", "17"]),
        ("plan show Thing ", ["12", "7"]),
        ("apply Thing ", ["12", "7"]),
        ("apply Thing/1", ["Thing/12"]),
        ("undo p-", ["p-12", "p-7"]),
        ("undo p-12 ", []),
        ("pause Thing ", ["12", "7"]),
        ("cancel Th", ["Thing"]),
        ("apply ", ["Thing"]),
    ],
)
def test_the_numbers_of_shards_and_plans_are_completed(
    api: Any, tmp_path: Path, line: str, expected: list[str]
) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(LOST, WELL)
    plans = [{"kind": "Thing", "plan": number} for number in (7, 12)]
    api.answers["/v1/api/kinds/Thing/plans"] = {"items": plans}
    assert completed(f"shardwright {line}", tmp_path, SHARDWRIGHT_SERVER=api.url) == expected


def test_nothing_is_completed_and_nothing_said_where_no_server_answers(api: Any, tmp_path: Path) -> None:
    api.answers["/v1/api/kinds"] = (401, {"title": "Unauthorized", "status": 401})
    for server in (api.url, "http://127.0.0.1:9", "no address"):
        for line in ("resync ", "logs Thing ", "logs Thing/", "apply Thing ", "apply p-"):
            assert completed(f"shardwright {line}", tmp_path, SHARDWRIGHT_SERVER=server) == [], line


def test_a_server_that_hangs_does_not_hold_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(completing, "WITHIN_S", 0.1)
    monkeypatch.setattr(completing, "_ask", lambda server, read, found: released.wait(60))
    context: Any = SimpleNamespace(params={}, find_root=lambda: SimpleNamespace(params={}))
    assert known_kinds.known_kinds(context, "") == []
    released.set()
