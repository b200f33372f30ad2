"""Every effective value with its source; secrets are masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from orchestrator.settings.document import Document
from orchestrator.settings.environment import Given
from orchestrator.settings.model import Settings

MASK = "***"
DEFAULT = "default"
_DATABASES = (("catalog", "url"), ("journal", "url"), ("audit", "url"), ("access", "url"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """``value`` is plain data; ``source`` is "default", file:line, a variable or an option."""

    key: str
    value: Any
    source: str


def effective(settings: Settings, document: Document, given: Sequence[Given]) -> list[Effective]:
    """The values in force, in the order of the models."""
    sources = {entry.path: entry.source for entry in given}
    derived: dict[tuple[str, ...], str | None] = {
        ("api", "url"): settings.api_url,
        ("store", "path"): str(settings.store_path),
        ("catalog", "url"): settings.catalog_url,
        ("journal", "url"): settings.journal_url,
        ("audit", "url"): settings.audit_url,
        ("access", "url"): settings.access_url,
    }
    return [
        Effective(
            key=".".join(path),
            value=_shown(path, derived.get(path) if value is None else value),
            source=_source(path, document, sources),
        )
        for path, value in _leaves(settings, ())
    ]


def in_force(settings: Settings) -> list[tuple[str, Any, str]]:
    """Key, value and source of each, as they were read."""
    known = settings.sources
    return [
        (one.key, one.value, known.get(one.key, one.source)) for one in effective(settings, Document(), ())
    ]


def _shown(path: tuple[str, ...], value: Any) -> Any:
    # What is no address of a database may be one with its scheme left out, and a password in it.
    is_database = path in _DATABASES or path[-1] == "catalog_url"
    return MASK if is_database and value is not None and "://" not in str(value) else plain(value)


def plain(value: Any) -> Any:
    """A value as data to print: no secrets, no passwords in addresses."""
    match value:
        case SecretStr():
            return MASK
        case Enum():
            return value.value
        case Path() | str():
            return masked(str(value))
        case tuple() | list():
            return [plain(entry) for entry in value]
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case dict():
            return {key: plain(entry) for key, entry in value.items()}
    return value


def masked(address: str) -> str:
    """The address without its password."""
    address = re.sub(r"(://[^/@:\s]*):\S*@", rf"\1:{MASK}@", address)
    return re.sub(r"(?i)([?&][a-z_]*(?:password|secret|token)[a-z_]*=)[^&]*", rf"\1{MASK}", address)


def _leaves(model: BaseModel, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in type(model).model_fields:
        value, path = getattr(model, name), (*at, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, path)
        elif isinstance(value, dict) and any(isinstance(entry, BaseModel) for entry in value.values()):
            for key, entry in value.items():
                yield from _leaves(entry, (*path, key))
        else:
            yield path, value


def _source(path: tuple[str, ...], document: Document, sources: dict[tuple[str, ...], str]) -> str:
    inside = [source for entry, source in sources.items() if entry[: len(path)] == path]
    if inside:
        return ", ".join(inside)
    line = document.lines.get(path)
    return f"{document.name}:{line}" if line else DEFAULT
