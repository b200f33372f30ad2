"""What the pages say of the code is so: methods exist, and words stand where they are said to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pages import ROOT, read

ARCHITECTURE = ROOT / "docs" / "architecture.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
PACKAGES = ("orchestrator", "notify", "heartbeat", "api", "worker/src", "client/src")
METHOD = re.compile(r"`([A-Z]\w+)\.(\w+)`")
NAMED = re.compile(r"`([A-Za-z_]\w+)`\s+\(`((?:\w+/)+\w+\.py)`")


@cache
def classes() -> dict[str, list[ast.ClassDef]]:
    found: dict[str, list[ast.ClassDef]] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, []).append(node)
    return found


def members(name: str) -> Iterator[str]:
    """The methods and fields of the classes of that name, those of their bases too."""
    for node in classes().get(name, []):
        for entry in node.body:
            if isinstance(entry, ast.FunctionDef | ast.AsyncFunctionDef):
                yield entry.name
            elif isinstance(entry, ast.AnnAssign) and isinstance(entry.target, ast.Name):
                yield entry.target.id
        for base in node.bases:
            if isinstance(base, ast.Name):
                yield from members(base.id)


def file_of(path: str) -> Path:
    places = [ROOT / path, ROOT / "orchestrator" / path]
    return next(place for place in places if place.exists())


@pytest.mark.parametrize("page", [ARCHITECTURE, ROOT / "docs" / "roadmap.md"], ids=lambda p: p.name)
def test_every_method_that_is_named_exists(page: Path) -> None:
    wrong = [f"{cls}.{member}" for cls, member in METHOD.findall(read(page)) if member not in members(cls)]
    assert not wrong


def test_every_name_stands_in_the_file_beside_it() -> None:
    named = NAMED.findall(read(ARCHITECTURE))
    assert len(named) >= 20
    wrong = [
        f"{name} is not in {path}"
        for name, path in named
        if not re.search(rf"\b{name}\b", file_of(path).read_text(encoding="utf-8"))
    ]
    assert not wrong


@pytest.mark.parametrize("room", ["engine", "core"])
def test_the_table_of_a_room_names_every_file_and_package(room: str) -> None:
    table = read(ARCHITECTURE).partition(f"| file in `orchestrator/{room}` |")[2].partition("\n##")[0]
    named = set(re.findall(r"`(\w+(?:\.py|/))`", table))
    folder = ROOT / "orchestrator" / room
    files = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert named == files | {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}


def test_a_word_of_the_glossary_stands_in_the_file_that_it_names() -> None:
    wrong = []
    for line in read(GLOSSARY).partition("## Words of the code")[2].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        files = re.findall(r"`((?:\w+/)+\w+\.py)`", cells[-1]) if line.startswith("| ") else []
        for path in files:
            text = f"{path} {file_of(path).read_text(encoding='utf-8')}".lower()
            forms = [part for word in cells[0].split(", ") for part in forms_of(word)]
            if not any(form in text for form in forms):
                wrong.append(f"{cells[0]}: {path}")
    assert not wrong


def forms_of(word: str) -> list[str]:
    """The word as code and comments may spell it."""
    plain = word.partition(" (")[0]
    stem = plain.removesuffix("s").removesuffix("e")
    return [plain, plain.replace(" ", "_"), stem]
