"""Data on standard output: aligned columns for people, JSON and YAML for programs.

Colour only marks words that carry their meaning without it, and only on a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from orchestrator.core.printable import printable

BAD = r"\b(NO|BROKEN|LATE|LOST|BACKOFF|UNKNOWN|NONE|UNOWNED|HELD|TROUBLE|ALARM|FAILED)\b"
GOOD = r"\b(yes|ok|owned)\b"


class Output(StrEnum):
    """``wide``: a table with all columns; ``name``: what other commands take as a name, one a line."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"

    @property
    def is_for_people(self) -> bool:
        return self in (Output.TABLE, Output.WIDE)


def show(output: Output, data: Any, lines: Iterable[str], names: Iterable[str] = ()) -> None:
    """Print ``data`` as asked for; ``lines`` are its form for people, ``names`` that for other commands."""
    match output:
        case Output.JSON:
            sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
        case Output.YAML:
            import yaml

            yaml.safe_dump(data, sys.stdout, sort_keys=False, allow_unicode=True)
        case Output.NAME:
            for name in names:
                sys.stdout.write(printable(name) + "\n")
        case _:
            say(lines)


def tried(is_dry_run: bool, lines: Iterable[str]) -> Iterator[str]:
    """The lines of a change; where it was only tried, with a line that says so."""
    yield from lines
    if is_dry_run:
        yield "not done: this is a dry run"


def say(lines: Iterable[str]) -> None:
    """Print lines for people."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        for line in lines:
            sys.stdout.write(printable(line) + "\n")
        return
    # Rich takes a fifth of the start, which a script that reads our output need not pay.
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        text = Text(printable(line))
        text.highlight_regex(BAD, "bold red")
        text.highlight_regex(GOOD, "green")
        console.print(text)


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows under a header, two spaces apart; wide characters count as two."""
    table = [list(header), *[[printable(cell) for cell in row] for row in rows]]
    widths = [max(_width(row[column]) for row in table) for column in range(len(header))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
