"""Pictures are at least balanced: a code host shows a broken one as an error."""

from __future__ import annotations

import re

import pytest
from pages import Block, blocks, name, pages

PICTURES = [block for page in pages() for block in blocks(page) if block.language == "mermaid"]
KINDS = ("flowchart", "sequenceDiagram", "stateDiagram-v2")
PAIRS = {")": "(", "]": "[", "}": "{"}


def identity(block: Block) -> str:
    return f"{name(block.page)}:{block.line}"


def test_there_are_pictures() -> None:
    assert len(PICTURES) >= 5


@pytest.mark.parametrize("block", PICTURES, ids=identity)
def test_a_picture_is_of_a_known_kind(block: Block) -> None:
    assert block.lines[0].split()[0] in KINDS


@pytest.mark.parametrize("block", PICTURES, ids=identity)
def test_brackets_and_quotes_are_closed(block: Block) -> None:
    for number, line in enumerate(block.lines, block.line):
        assert line.count('"') % 2 == 0, f"{name(block.page)}:{number}"
        open_: list[str] = []
        # What is quoted may hold anything.
        for character in re.sub(r'"[^"]*"', "", line):
            if character in PAIRS.values():
                open_.append(character)
            elif character in PAIRS:
                assert open_ and open_.pop() == PAIRS[character], f"{name(block.page)}:{number}"
        assert not open_, f"{name(block.page)}:{number}"


@pytest.mark.parametrize(
    "block", [b for b in PICTURES if b.lines[0].startswith("stateDiagram")], ids=identity
)
def test_a_state_diagram_has_a_beginning_and_only_transitions(block: Block) -> None:
    transitions = [line.strip() for line in block.lines[1:] if line.strip()]
    assert any(line.startswith("[*] --> ") for line in transitions)
    form = re.compile(r"(\[\*\]|\w+) --> (\[\*\]|\w+)(: .+)?")
    for line in transitions:
        assert form.fullmatch(line), line
        # A colon or semicolon in a label ends it, or the statement.
        assert ";" not in line and line.count(":") <= 1, line


@pytest.mark.parametrize(
    "block", [b for b in PICTURES if b.lines[0].startswith("sequenceDiagram")], ids=identity
)
def test_a_sequence_names_its_participants_first(block: Block) -> None:
    known = {m[1] for line in block.lines if (m := re.match(r"\s*participant (\w+) as ", line))}
    for line in block.lines[1:]:
        arrow = re.match(r"\s*(\w+)-{1,2}>>(\w+): [^;]+$", line)
        if arrow:
            assert {arrow[1], arrow[2]} <= known, line
        else:
            assert line.strip().startswith("participant "), line
