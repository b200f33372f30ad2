"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = [
    ROOT / each
    for each in (
        "README.md",
        "README.zh.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "worker/README.md",
        "client/README.md",
    )
]
FENCE = re.compile(r"^ {0,3}```(\S*)\s*$")


@dataclass(frozen=True)
class Block:
    """A fenced block; ``line`` is that of its first line."""

    page: Path
    line: int
    language: str
    lines: tuple[str, ...]


def pages() -> list[Path]:
    return [*OWN, *sorted((ROOT / "docs").rglob("*.md"))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def all_text() -> str:
    return "\n".join(read(page) for page in pages())


def blocks(page: Path) -> Iterator[Block]:
    """Every fenced block. Raises ValueError for one that is not closed."""
    language, first, inside = "", 0, None
    for number, line in enumerate(read(page).splitlines(), 1):
        fence = FENCE.match(line)
        if inside is not None:
            if fence and not fence[1]:
                yield Block(page=page, line=first, language=language, lines=tuple(inside))
                inside = None
            else:
                inside.append(line)
        elif fence:
            language, first, inside = fence[1], number + 1, []
    if inside is not None:
        raise ValueError(f"{name(page)}:{first}: the block is not closed")


def prose(page: Path) -> list[tuple[int, str]]:
    """The lines outside fenced blocks, with their numbers."""
    hidden = {
        number
        for block in blocks(page)
        for number in range(block.line - 1, block.line + len(block.lines) + 1)
    }
    lines = enumerate(read(page).splitlines(), 1)
    return [(number, line) for number, line in lines if number not in hidden]


def anchors(page: Path) -> set[str]:
    """The anchors that a code host makes of the headings."""
    found: set[str] = set()
    for _, line in prose(page):
        if line.startswith("#"):
            heading = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(heading.replace(" ", "-"))
    return found
