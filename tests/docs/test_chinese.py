"""The Chinese README says what the English one says: the same commands, outputs, sections and links."""

from __future__ import annotations

import re
from pathlib import Path

from pages import ROOT, blocks, prose

ENGLISH = ROOT / "README.md"
CHINESE = ROOT / "README.zh.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")


def targets(page: Path) -> list[str]:
    """Where the links lead that leave the page, but for those to the other language."""
    found = [target for _, line in prose(page) for target in LINK.findall(line)]
    return sorted(each for each in found if not each.startswith("#") and not each.startswith("README"))


def test_commands_and_outputs_are_the_same() -> None:
    ours, theirs = (
        [block.lines for block in blocks(page) if block.language != "mermaid"] for page in (CHINESE, ENGLISH)
    )
    assert ours == theirs


def test_pictures_have_the_same_arrows() -> None:
    ours, theirs = (
        [len(block.lines) for block in blocks(page) if block.language == "mermaid"]
        for page in (CHINESE, ENGLISH)
    )
    assert ours == theirs


def test_sections_are_as_many_and_as_deep() -> None:
    ours, theirs = (
        [line.partition(" ")[0] for _, line in prose(page) if line.startswith("#")]
        for page in (CHINESE, ENGLISH)
    )
    assert ours == theirs


def test_links_lead_to_the_same_places() -> None:
    assert targets(CHINESE) == targets(ENGLISH)


def test_the_same_code_is_named() -> None:
    ours, theirs = (
        {code for _, line in prose(page) for code in CODE.findall(line)} for page in (CHINESE, ENGLISH)
    )
    assert ours == theirs


def test_every_paragraph_is_translated() -> None:
    plain = [
        line
        for _, line in prose(CHINESE)
        if len(re.sub(r"`[^`]*`|\([^)]*\)|<[^>]*>|[^A-Za-z ]", "", line).split()) > 12
    ]
    assert not plain
