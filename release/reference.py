"""``python -m release.reference [FOLDER]``: keys, commands, routes, metrics, reasons, as the code has it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from typer.main import get_command

from api.openapi import describe_api
from api.stream import Streams
from api.table import all_routes
from orchestrator.cli.app import app
from orchestrator.core.decisions import Reason
from orchestrator.settings import Settings
from orchestrator.settings.names import names
from release.tree import ROOT

METRIC = re.compile(r'"(shardwright_[a-z_]+)",\s*f?"([^"]+)"')


def pages() -> dict[str, str]:
    """Each page by its name."""
    return {
        "configuration.md": page("Configuration", configuration()),
        "commands.md": page("Commands", commands()),
        "rest.md": page("Routes", routes()),
        "metrics.md": page("Metrics", metrics()),
        "events.md": page("Events", events()),
    }


def page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", "Made from the code by `make reference`.", "", *lines, ""])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; what would break a cell is written so that it does not."""
    for row in (head, ["---"] * len(head), *rows):
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def configuration() -> Iterator[str]:
    """Key, variable and default of each; what they mean stands in ``config.yaml``."""
    rows = []
    for name in names(Settings, ["NAME"]):
        required = name.field.is_required()
        default = "required" if required else code(name.field.get_default(call_default_factory=True))
        rows.append((code(name.dotted), code(name.variable), default))
    yield from table(("key", "variable", "default"), rows)


def commands() -> Iterator[str]:
    for words, command in leaves(get_command(app), ("shardwright",)):
        yield f"## {' '.join(words)}"
        yield ""
        yield " ".join((command.help or "").split("\n\n")[0].split())
        yield ""
        rows = [
            (code(" ".join([*each.opts, *each.secondary_opts])), getattr(each, "help", None) or "")
            for each in command.params
        ]
        if rows:
            yield from table(("option or argument", "means"), rows)
            yield ""


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with its words."""
    if hasattr(command, "commands"):
        for word, sub in command.commands.items():
            yield from leaves(sub, (*path, word))
    else:
        yield path, command


def routes() -> Iterator[str]:
    document = describe_api(all_routes(Streams()), "")
    rows = [
        (code(method.upper()), code(path), said.get("x-role") or "", said.get("summary") or "")
        for path, item in document["paths"].items()
        for method, said in item.items()
    ]
    yield from table(("method", "path", "role", "does"), rows)


def metrics() -> Iterator[str]:
    """By the places where they are made; what only counts events is named in ``docs/metrics.md``."""
    found = {
        name: text
        for file in sorted((ROOT / "api" / "metrics").glob("*.py"))
        for name, text in METRIC.findall(file.read_text(encoding="utf-8"))
    }
    yield from table(("metric", "means"), ((code(name), text) for name, text in sorted(found.items())))


def events() -> Iterator[str]:
    """Why a line of the journal says what it says."""
    yield from table(("reason", "means"), ((code(reason.value), reason.sentence) for reason in Reason))


def main() -> int:
    """Write the pages into the folder that is named, else ``dist/reference``."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
