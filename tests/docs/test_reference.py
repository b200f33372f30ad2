"""Every reason, key, command and exit code is told of, and every command that a page names can be given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from pages import ROOT, all_text, blocks, name, pages, read
from typer.main import get_command

from orchestrator.cli.app import app
from orchestrator.cli.failure import Exit
from orchestrator.core.decisions import Reason
from orchestrator.core.health import Health
from orchestrator.core.hints import Claim
from orchestrator.core.model import Instance, ShardState
from orchestrator.ports import Phase
from orchestrator.settings import Settings
from orchestrator.settings.names import names

STATES = ROOT / "docs" / "states.md"
OPERATIONS = ROOT / "docs" / "operations.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
COMMAND_PAGES = (
    "README.md",
    "README.zh.md",
    "CONTRIBUTING.md",
    "docs/backup.md",
    "docs/cli.md",
    "docs/concepts.md",
    "docs/limitations.md",
    "docs/migration.md",
    "docs/operations.md",
    "docs/quickstart.md",
    "docs/runbooks.md",
    "docs/security.md",
    "docs/worker-sdk.md",
)


def rows(text: str) -> dict[str, list[str]]:
    """Table rows by the code in their first cell."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and (code := re.fullmatch(r"`([^`]+)`", cells[0])):
            found[code[1]] = cells[1:]
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every ``shardwright …`` in a block or in code of a line, with where it stands."""
    for page in pages():
        if name(page) not in COMMAND_PAGES:
            continue
        given = [
            (block.line + offset, line.removeprefix("$ "))
            for block in blocks(page)
            if block.language in ("console", "sh", "bash")
            for offset, line in enumerate(block.lines)
            if line.startswith("$ ")
        ]
        given += [
            (number, code)
            for number, line in enumerate(read(page).splitlines(), 1)
            for code in re.findall(r"`(shardwright [^`]+)`", line)
        ]
        for number, line in given:
            if found := re.fullmatch(r"(?:[A-Z_]+=\S* )*shardwright( .*)?", line):
                yield f"{name(page)}:{number}", shlex.split(found[1] or "", comments=True)


def parse(command: Any, words: list[str], path: str) -> None:
    """Have the command line read the words as it would, and run nothing. Raises what it would."""
    with command.make_context(path, list(words)) as context:
        if hasattr(command, "commands"):
            rest = [*context._protected_args, *context.args]
            found, sub, left = command.resolve_command(context, rest)
            parse(sub, left, f"{path} {found}")


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that does something, by its words."""
    if hasattr(command, "commands"):
        for word, sub in command.commands.items():
            yield from leaves(sub, (*path, word))
    else:
        yield " ".join(path)


GIVEN = list(commands())


def test_the_pages_name_commands() -> None:
    assert len(GIVEN) >= 15


@pytest.mark.parametrize(("where", "words"), GIVEN, ids=[f"{where} {' '.join(w)}" for where, w in GIVEN])
def test_a_command_of_a_page_can_be_given(where: str, words: list[str]) -> None:
    # `shardwright orchestrate KIND` parses as well: KIND is as good a name as another.
    parse(get_command(app), words, "shardwright")


@pytest.mark.parametrize(
    "line",
    [
        "orchestrate Thing --max-instance 3",
        "orchestrate",
        "get shard",
        "nope",
        "demo add Thing",
        "removals accept Thing --count x",
    ],
)
def test_a_wrong_command_would_be_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|missing|valid integer"):
        parse(get_command(app), line.split(), "shardwright")


@pytest.mark.parametrize("path", sorted(leaves(get_command(app))))
def test_every_command_is_mentioned(path: str) -> None:
    assert f"shardwright {path}" in all_text()


@pytest.mark.parametrize("reason", list(Reason), ids=str)
def test_every_reason_is_listed_with_its_sentence(reason: Reason) -> None:
    listed = rows(read(STATES))
    assert reason.value in listed
    assert listed[reason.value][0] == reason.sentence


def test_no_reason_is_listed_that_there_is_not() -> None:
    text = read(STATES).partition("## Reasons")[2]
    assert set(rows(text)) == {reason.value for reason in Reason}


@pytest.mark.parametrize(
    "key", sorted({".".join(n.path).replace("kinds.NAME.", "") for n in names(Settings, ["NAME"])})
)
def test_every_key_is_in_operations(key: str) -> None:
    assert f"`{key}`" in read(OPERATIONS)


def test_no_key_is_listed_that_there_is_not() -> None:
    known = {".".join(n.path).replace("kinds.NAME.", "") for n in names(Settings, ["NAME"])}
    text = read(OPERATIONS).partition("| key |")[2].partition("## The data directory")[0]
    listed = {
        code
        for line in text.splitlines()
        if line.startswith("| `")
        for code in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    assert listed == known


@pytest.mark.parametrize("word", [*Instance, *ShardState, *Health, *Phase], ids=str)
def test_every_state_is_described(word: str) -> None:
    if word == Health.FRESH:
        word = "ok"  # the word that people see
    assert re.search(rf"[`*]{word}[`*]", read(STATES))


@pytest.mark.parametrize("claim", list(Claim), ids=str)
def test_every_claim_is_in_the_glossary(claim: str) -> None:
    assert claim in next(line for line in read(GLOSSARY).splitlines() if line.startswith("| claim |"))


@pytest.mark.parametrize("code", [2, 130, *Exit], ids=str)
def test_every_exit_code_is_in_operations(code: int) -> None:
    assert re.search(rf"^\| {int(code)} \|", read(OPERATIONS), re.MULTILINE)


def test_a_word_of_the_glossary_stands_once() -> None:
    words = re.findall(r"^\| ([a-z][^|]*?) \|", read(GLOSSARY), re.MULTILINE)
    assert sorted(set(words) - {"word"}) == sorted(w for w in words if w != "word")
