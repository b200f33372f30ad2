"""What the pages point to is there, and nothing stands in them that is only so on one machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import ROOT, anchors, blocks, name, pages, prose, read

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_PATH = re.compile(
    r"`((?:orchestrator|engine|core|ports|store|runtime|settings|bootstrap|cli|api|notify|heartbeat|worker|templates|tests)"
    r"/[A-Za-z0-9_/.-]+)`"
)
ROOMS = ("", "orchestrator/")
ELSEWHERE = {"api/console/", "worker/"}
FORBIDDEN = {
    "a home directory": r"/(home|Users|root)/(?!you\b)\w+",
    "a path of one machine": r"(?<![\w.])/(work|tmp|var/tmp)/",
    "a session": r"\bsessions? of the project\b|\bAI\b|\bassistant\b|\bchatbot\b",
    "an issue number": r"(?<![\w&/])#\d{1,4}\b(?! )|\bissue \d",
    "unfinished work": r"@@|\bT[O]DO\b|\bTB[D]\b|lorem ipsum",
    "marketing": r"(?i)\b(blazing|seamless|world-class|cutting-edge|effortless|revolutionary|powerful)\w*",
    "a secret": r"-----BEGIN|\beyJ[A-Za-z0-9_-]{20,}",
}


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for number, line in prose(page):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            if not there.exists():
                broken.append(f"{name(page)}:{number}: {target}")
            elif anchor and (there.suffix != ".md" or anchor not in anchors(there)):
                broken.append(f"{name(page)}:{number}: no heading {anchor!r}")
    assert not broken


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    missing = []
    for number, line in prose(page):
        for path in CODE_PATH.findall(line):
            places = [ROOT / room / path.rstrip("/") for room in ROOMS]
            places += [place.with_suffix(".py") for place in places if not place.suffix]
            if not any(place.exists() for place in places):
                missing.append(f"{name(page)}:{number}: {path}")
    assert not missing


@pytest.mark.parametrize("page", pages(), ids=name)
@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_nothing_stands_there_that_is_not_for_readers(page: Path, what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    # The number behind an instance's name is its incarnation: it stands in outputs, so in blocks only.
    lines = prose(page) if what == "an issue number" else list(enumerate(read(page).splitlines(), 1))
    found = [f"{name(page)}:{number}: {line.strip()[:80]}" for number, line in lines if pattern.search(line)]
    assert not found, what


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_block_is_closed(page: Path) -> None:
    assert all(block.lines for block in blocks(page))


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_page_begins_with_its_title(page: Path) -> None:
    titles = [line for _, line in prose(page) if re.match(r"# \S", line)]
    assert len(titles) == 1
    assert read(page).startswith(titles[0])


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        for _, line in prose(page):
            for target in LINK.findall(line):
                path = target.partition("#")[0]
                if path and not re.match(r"[a-z]+:", path):
                    waiting.append((page.parent / path).resolve())
            waiting.extend(ROOT / path for path in re.findall(r"`(docs/[\w/-]+\.md)`", line))
    decisions = ROOT / "docs" / "decisions"
    lost = [name(page) for page in pages() if page not in reached and page.parent != decisions]
    assert not lost


def test_decisions_are_numbered_and_of_one_form() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert numbers == list(range(1, len(files) + 1))
    for file in files:
        text = read(file)
        assert text.startswith(f"# {file.name[:4]}. "), name(file)
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], name(file)
