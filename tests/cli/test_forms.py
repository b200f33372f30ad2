"""The forms of an answer: a wide table, names for other commands, the address of a page; and imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import LOST, THING, WELL

from orchestrator.cli.app import PLACES, app
from tests.cli.real import Real, real


@pytest.fixture
def server() -> Iterator[Real]:
    with real() as found:
        yield found


def test_names_are_what_other_commands_take(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(WELL, LOST)
    assert shardwright("get", "kinds", "-o", "name", "--server", api.url).out == "Thing\n"
    assert shardwright("get", "shards", "-o", "name", "--server", api.url).out == "Thing/16\nThing/17\n"


def test_what_has_no_names_says_so_before_anything_is_asked(api: Any, shardwright: Any) -> None:
    for words in (("status",), ("apply", "Thing", "7"), ("pin", "Thing", "a", "3")):
        ended = shardwright(*words, "-o", "name", "--server", api.url)
        assert ended.code == 2
        assert "allowed: table, wide, json, yaml" in ended.err
    assert api.asked == []


def test_a_wide_table_has_more_columns_and_the_same_rows(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(replace(WELL, labels={"zone": "b"}), LOST)
    given = ("get", "shards", "Thing", "--server", api.url)
    table, wide = (shardwright(*given, "-o", form).out.splitlines() for form in ("table", "wide"))
    assert set(table[0].split()) < set(wide[0].split())
    assert [line.split()[0] for line in table] == [line.split()[0] for line in wide]


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (("status",), "/"),
        (("get", "shards", "Thing"), "/kinds/Thing"),
        (("get", "instances"), "/instances"),
        (("explain", "Thing", "a/b"), "/kinds/Thing/resources/a%2Fb"),
        (("plan", "show", "Thing/7"), "/kinds/Thing/plans/7"),
        (("orchestrate", "Thing"), "/kinds/Thing/plan"),
        (("describe", "instance", "Thing/3"), "/instances/Thing/3"),
        (("describe", "shard", "Thing/3"), "/kinds/Thing/shards/3"),
        (("logs", "Thing/3"), "/instances/Thing/3"),
        (("events",), "/events"),
        (("watch", "Thing"), "/kinds/Thing"),
    ],
)
def test_the_page_of_it_is_named_and_nothing_is_asked(
    api: Any, shardwright: Any, words: tuple[str, ...], page: str
) -> None:
    ended = shardwright(*words, "--ui", "--server", api.url)
    assert (ended.code, ended.out) == (0, f"{api.url}/console{page}\n")
    assert api.asked == []


def test_each_page_that_is_named_is_one_of_the_console(server: Real) -> None:
    routes = Path(__file__).parents[2] / "api" / "console" / "app.js"
    text = routes.read_text(encoding="utf-8")
    for page in ("/kinds/:kind", "/kinds/:kind/plan", "/kinds/:kind/plans/:plan", "/instances/:kind/:shard"):
        assert f'"{page}"' in text
    for page in ("/kinds/:kind/resources/:id", "/kinds/:kind/shards/:shard", "/instances", "/events"):
        assert f'"{page}"' in text


def test_everything_is_told_of_a_kind_a_shard_an_instance_and_a_resource(
    server: Real, shardwright: Any
) -> None:
    told = ("--server", server.url)
    kind = shardwright("describe", "kind", "Thing", *told)
    assert kind.code == 0 and kind.out.startswith("KIND ")
    shard = shardwright("describe", "shard", "Thing/0", *told)
    assert shard.code == 0 and shard.out.startswith("Shard: ")
    instance = shardwright("describe", "instance", "Thing/0", *told)
    assert instance.code == 0 and "\nCan drain: " in instance.out
    assert shardwright("describe", "shard", "Thing/99", *told).code == 1
    assert shardwright("describe", "kind", "Nope", *told).code == 1


def test_a_resource_is_found_by_its_id_alone(api: Any, shardwright: Any) -> None:
    owned = answers.resource(answers.OWNED)
    api.answers["/v1/api/resources"] = {"items": [owned], "next": None}
    api.answers["/v1/api/kinds/Thing/resources/a%2Fb/explain"] = {"resource": owned}
    ended = shardwright("explain", "a/b", "--server", api.url)
    assert ended.code == 0
    assert ended.out.startswith("Thing a/b -> shard 17")
    api.answers["/v1/api/resources"] = {"items": [owned, {**owned, "kind": "Rule"}], "next": None}
    several = shardwright("explain", "a/b", "--server", api.url)
    assert several.code == 1
    assert "  - shardwright explain Rule a/b" in several.err
    api.answers["/v1/api/resources"] = {"items": [], "next": None}
    assert "no kind has it" in shardwright("explain", "a/b", "--server", api.url).err


def imported(tmp_path: Path, *words: str, **environ: str) -> set[str]:
    """Which libraries a command imports."""
    code = (
        "import sys\nsys.argv[0] = 'shardwright'\nfrom orchestrator.cli import main\ntry:\n    main()\n"
        "finally:\n    heavy = {'pydantic', 'rich', 'yaml', 'ssl', 'aiohttp', 'sqlalchemy', 'asyncio'}\n"
        "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path), **environ},
        timeout=60,
    )
    found: set[str] = set(eval(ended.stderr.splitlines()[-1]))
    return found


def test_a_command_imports_what_it_needs_and_no_more(tmp_path: Path, api: Any) -> None:
    # typer's own way to tell a text from a number imports pydantic, which takes as long as all else together.
    assert imported(tmp_path, "version") == set()
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    asked = imported(tmp_path, "get", "kinds", "-o", "json", SHARDWRIGHT_SERVER=api.url)
    assert asked <= {"ssl"}
    api.answers["/v1/api/events"] = {"items": [], "next": None}
    assert imported(tmp_path, "events", "--limit", "3", SHARDWRIGHT_SERVER=api.url) <= {"ssl"}


def test_a_value_that_is_wrong_is_told_of_as_ever(shardwright: Any) -> None:
    assert "less than or equal to 2000" in shardwright("logs", "Thing/0", "-n", "2001").err
    assert "valid integer" in shardwright("logs", "Thing/0", "-n", "two").err
    assert "'csv' is not one of" in shardwright("status", "-o", "csv").err


def test_every_command_stands_where_the_table_says() -> None:
    from typer.main import get_command

    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert list(commands) == list(PLACES)
    assert all(command.name == name for name, command in commands.items())


def test_kubectl_calls_it_by_another_name(tmp_path: Path) -> None:
    plugin = tmp_path / "kubectl-shardwright"
    plugin.write_text(f"#!{sys.executable}\nfrom orchestrator.cli import main\nmain()\n")
    plugin.chmod(0o755)
    ended = subprocess.run([plugin, "--help"], capture_output=True, text=True, timeout=60)
    assert ended.stdout.startswith("Usage: kubectl shardwright [OPTIONS] COMMAND")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shardwright: Any, shell: str) -> None:
    ended = shardwright("completion", shell)
    assert ended.code == 0
    assert "_SHARDWRIGHT_COMPLETE" in ended.out


def test_words_are_completed(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("shardwright")
    words = {"COMP_WORDS": "shardwright desc", "COMP_CWORD": "1", "_SHARDWRIGHT_COMPLETE": "complete_bash"}
    ended = subprocess.run(
        [program], capture_output=True, text=True, env={**os.environ, **words}, timeout=60, cwd=tmp_path
    )
    assert ended.stdout.split() == ["describe"]
