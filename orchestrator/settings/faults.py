"""Validation errors as sentences: the key, its value, what is allowed, and where it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from orchestrator.settings.document import Document, Key
from orchestrator.settings.environment import Given
from orchestrator.settings.names import Name, entries_of, nearest, section_of

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text (in quotes where it looks like a number)",
    "model": "a section of keys",
    "dict": "a mapping of names to values",
    "tuple": "a list",
    "path": "a path",
    "finite": "a number",
}


def say(
    error: ValidationError,
    root: type[BaseModel],
    document: Document,
    given: Sequence[Given],
    known: Sequence[Name],
) -> list[str]:
    """Every fault, a sentence each."""
    sources = {entry.path: entry.source for entry in given}
    return [
        f"{_place(detail['loc'], document, sources)}{sentence}"
        for detail in error.errors(include_url=False)
        for sentence in _sentences(detail, root, known)
    ]


def _sentences(detail: ErrorDetails, root: type[BaseModel], known: Sequence[Name]) -> list[str]:
    loc, kind, value = detail["loc"], detail["type"], detail["input"]
    path = tuple(str(part) for part in loc if part != "[key]")
    key = ".".join(path)
    field = field_at(root, path)
    if kind == "extra_forbidden":
        return [f"{key} is not a setting{_suggestion(path, known)}"]
    if "[key]" in loc:
        said = _text(detail) if kind == "value_error" else f"is a name, {_allowed(detail, None)}"
        return [f"{key} {said}"]
    if kind == "value_error" and (field is None or isinstance(value, dict)):
        prefix = _section(path)
        return [prefix + line for line in _text(detail).splitlines()]
    return [f"{key} is {_shown(value, field)}, {_allowed(detail, field)}"]


def _section(path: Sequence[str]) -> str:
    """What stands before the keys that a section names, where it does not know its own place."""
    if path[-1:] == ("tls",):
        return ".".join((*path, ""))
    return ".".join((*path[:2], "")) if path[:1] == ("kinds",) else ""


def _suggestion(path: tuple[str, ...], known: Sequence[Name]) -> str:
    dotted = sorted({".".join(name.path[: len(path)]) for name in known} | {name.dotted for name in known})
    elsewhere = [name.dotted for name in known if name.path[-1] == path[-1].lower()]
    if 0 < len(elsewhere) <= 3:
        return f"; did you mean {' or '.join(elsewhere)}?"
    beside = [name for name in dotted if name.split(".")[:-1] == list(path[:-1])]
    near = nearest(".".join(path), beside) or nearest(".".join(path), dotted)
    return f"; did you mean {near}?" if near else ""


def _allowed(detail: ErrorDetails, field: FieldInfo | None) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    bounds = _range(field)
    if kind in ("literal_error", "enum"):
        return f"allowed: {str(context['expected']).replace(chr(39), '')}"
    if kind == "value_error":
        return f"allowed: {bounds}" if bounds else _text(detail)
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        return f"allowed: {bounds or detail['msg'].removeprefix('Input should be ')}"
    for prefix, meaning in TYPES.items():
        if kind.startswith(prefix) and not kind.startswith(("string_too", "string_pattern")):
            return f"allowed: {meaning}" + (f", {bounds}" if bounds else "")
    return detail["msg"][0].lower() + detail["msg"][1:]


def _range(field: FieldInfo | None) -> str:
    bounds: dict[str, str] = {}
    for bound in field.metadata if field else ():
        match bound:
            case Ge(ge=limit):
                bounds["low"] = f"{limit}"
            case Gt(gt=limit):
                bounds["low"] = f"more than {limit}"
            case Le(le=limit):
                bounds["high"] = f"{limit}"
    return " to ".join(bounds.values()) if len(bounds) == 2 else ""


def _text(detail: ErrorDetails) -> str:
    return str(detail["ctx"]["error"])


def _shown(value: Any, field: FieldInfo | None) -> str:
    if field is not None and "Secret" in str(field.annotation):
        return "given"
    text = "null" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _place(loc: Key, document: Document, sources: Mapping[tuple[str, ...], str]) -> str:
    for length in range(len(loc), 0, -1):
        if source := sources.get(tuple(str(part) for part in loc[:length])):
            return f"{source}: "
    line = document.line(loc)
    return f"{document.name}:{line}: " if line else ""


def field_at(root: type[BaseModel], path: Sequence[str]) -> FieldInfo | None:
    """The field that describes the key, or the list or mapping that it stands in; None for a section."""
    model: type[BaseModel] | None = root
    field: FieldInfo | None = None
    entries: type[BaseModel] | None = None
    for part in path:
        if entries is not None:
            model, entries, field = entries, None, None
            continue
        if model is None:
            return field
        field = model.model_fields.get(part)
        if field is None:
            return None
        model, entries = section_of(field), entries_of(field)
    return field if model is None and entries is None else None
