"""Which server is asked, and what is said when none answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cli_answers as answers
import pytest


@pytest.fixture
def well(api: Any) -> Any:
    api.answers["/v1/api/overview"] = answers.overview()
    return api


def test_the_option_may_stand_before_or_after_the_command(well: Any, shardwright: Any) -> None:
    assert shardwright("--server", well.url, "status").code == 0
    assert shardwright("status", "--server", well.url.removeprefix("http://")).code == 0


def test_the_option_beats_the_environment(well: Any, shardwright: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("SHARDWRIGHT_SERVER", "http://127.0.0.1:1")
    assert shardwright("status").code == 4
    assert shardwright("status", "--server", well.url).code == 0
    monkeypatch.setenv("SHARDWRIGHT_SERVER", well.url)
    assert shardwright("status").code == 0


def test_a_running_server_is_found_by_the_file_that_it_writes(
    well: Any, shardwright: Any, home: Path, monkeypatch: Any
) -> None:
    (home / "elsewhere").mkdir()
    (home / "elsewhere" / "server.json").write_text(json.dumps({"api": well.url, "pid": 1}))
    monkeypatch.setenv("SHARDWRIGHT_DATA_DIR", "elsewhere")
    assert shardwright("status").code == 0


def test_else_it_is_where_the_configuration_says(well: Any, shardwright: Any, home: Path) -> None:
    port = well.url.rpartition(":")[2]
    (home / "config.yaml").write_text(f"api: {{port: {port}}}")
    assert shardwright("status").code == 0


def test_no_server_is_unavailable_and_says_how_to_start_one(shardwright: Any) -> None:
    ended = shardwright("status", "--server", "http://127.0.0.1:1")
    assert ended.code == 4
    assert ended.out == ""
    assert ended.err.splitlines()[0].startswith("no server answers at http://127.0.0.1:1: ")
    assert "  - start one with: shardwright run" in ended.err


def test_any_free_port_without_a_running_server_is_unavailable(shardwright: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("SHARDWRIGHT_API__PORT", "0")
    assert shardwright("status").code == 4


def test_an_address_that_is_none_is_a_matter_of_usage(shardwright: Any) -> None:
    ended = shardwright("status", "--server", "ftp://x")
    assert ended.code == 2
    assert "is not an address" in ended.err


def test_a_broken_configuration_is_told_in_lines(shardwright: Any, home: Path) -> None:
    (home / "config.yaml").write_text("api: {prot: 1}\nkinds: {Thing: {max_instances: 2}}")
    ended = shardwright("status")
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "config.yaml:1: api.prot is not a setting; did you mean api.port?",
        "config.yaml:2: kinds.Thing.max_instances is 2, allowed: 3 to 100",
    ]


def test_a_proxy_for_the_world_outside_is_not_asked_for_this_machine(
    well: Any, shardwright: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert shardwright("status", "--server", well.url).code == 0
