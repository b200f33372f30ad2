"""The installed program itself, as a shell calls it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cli_answers as answers
import pytest

PROGRAM = Path(sys.executable).with_name("shardwright")
COMMANDS = ("run", "status", "explain", "orchestrate", "resync", "events", "logs", "doctor", "version")
GROUPS = ("get", "removals", "demo", "config")


def call(*words: str, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHARDWRIGHT_")}
    return subprocess.run(
        [PROGRAM, *words], capture_output=True, text=True, cwd=home, env={**kept, **environ}, timeout=30
    )


def test_version_is_printed_at_once(tmp_path: Path) -> None:
    ended = call("version", home=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("shardwright ")


def test_version_and_help_import_no_library_of_the_server(tmp_path: Path) -> None:
    code = (
        "import sys; import orchestrator.cli.app;"
        "heavy = {'pydantic', 'sqlalchemy', 'aiohttp', 'amqtt', 'paho', 'rich', 'uvloop'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert ended.stdout == "[]\n", ended.stderr


def test_status_is_quick_and_plain_in_a_pipe(tmp_path: Path, api: Any) -> None:
    api.answers["/v1/api/overview"] = answers.overview()
    took = []
    for _ in range(3):
        began = time.monotonic()
        ended = call("status", home=tmp_path, SHARDWRIGHT_SERVER=api.url, FORCE_COLOR="1", TERM="xterm")
        took.append(time.monotonic() - began)
        assert ended.returncode == 0, ended.stderr
        assert "\x1b" not in ended.stdout
    # The best of three: the machine may be busy, the program may not be slow.
    assert min(took) < 1.0


@pytest.mark.parametrize(
    "words", [("get",), ("nonsense",), ("orchestrate",), ("logs", "Thing"), ("get", "-x")]
)
def test_wrong_usage_exits_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = call(*words, home=tmp_path)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "Usage" in ended.stderr + ended.stdout


def test_a_bug_is_one_line_unless_it_is_asked_for(tmp_path: Path, api: Any) -> None:
    api.answers["/v1/api/overview"] = {"unforeseen": True}
    ended = call("status", home=tmp_path, SHARDWRIGHT_SERVER=api.url)
    assert ended.returncode == 1
    assert ended.stderr == (
        "shardwright failed unexpectedly: KeyError: 'kinds'; set SHARDWRIGHT_DEBUG=1 to see where\n"
    )
    ended = call("status", home=tmp_path, SHARDWRIGHT_SERVER=api.url, SHARDWRIGHT_DEBUG="1")
    assert "Traceback" in ended.stderr


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path, api: Any) -> None:
    many = [answers.WELL] * 5000
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(*many)
    ended = subprocess.run(
        f"{PROGRAM} get shards Thing --server {api.url} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=30,
    )
    assert ended.stdout.startswith("SHARD")
    assert ended.stderr == ""


def test_help_names_every_command(tmp_path: Path) -> None:
    said = call("--help", home=tmp_path).stdout
    for command in COMMANDS + GROUPS:
        assert f"\n  {command} " in said
