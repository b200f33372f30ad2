"""The reference that is made from the code has all of it, and breaks no table."""

from __future__ import annotations

import re
from functools import cache

import pytest

from api.stream import Streams
from api.table import all_routes
from orchestrator.core.decisions import Reason
from orchestrator.settings import Settings
from orchestrator.settings.names import names
from release.reference import pages
from release.tree import ROOT


@cache
def made() -> dict[str, str]:
    return pages()


def test_every_key_has_its_variable_and_its_default() -> None:
    text = made()["configuration.md"]
    assert "| `api.port` | `SHARDWRIGHT_API__PORT` | `8080` |" in text
    assert not [name.dotted for name in names(Settings, ["NAME"]) if f"| `{name.dotted}` |" not in text]


def test_every_command_has_its_options() -> None:
    text = made()["commands.md"]
    for words in ("orchestrate", "plan make", "get shards", "token create", "audit verify", "doctor"):
        assert re.search(rf"^## shardwright {words}\n\n\S", text, re.MULTILINE), words
    assert "`--max-instances`" in text


def test_every_route_says_who_may() -> None:
    text = made()["rest.md"]
    assert not [route.path for route in all_routes(Streams()) if f"`{route.path}`" not in text]
    assert "| `POST` | `/v1/api/orchestrations/{resource}/orchestrate` | operator |" in text


def test_every_metric_is_one_that_the_page_of_metrics_tells_of() -> None:
    told = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| `(\w+)` \|", made()["metrics.md"], re.MULTILINE)
    assert len(found) > 15
    assert not [name for name in found if name not in told]


def test_every_reason_has_its_sentence() -> None:
    text = made()["events.md"]
    assert not [reason for reason in Reason if f"| `{reason.value}` | {reason.sentence} |" not in text]


@pytest.mark.parametrize("name", ["configuration.md", "commands.md", "rest.md", "metrics.md", "events.md"])
def test_every_row_has_as_many_cells_as_its_head(name: str) -> None:
    cells = 0
    for line in made()[name].splitlines():
        now = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert now == cells or not cells or not now, line
        cells = now
