"""The keys that exist, read from the models: for the environment, for suggestions, for listings."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, TypeGuard, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX = "SHARDWRIGHT_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One key: ``path`` from the root, and the field that describes it."""

    path: tuple[str, ...]
    field: FieldInfo

    @property
    def dotted(self) -> str:
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + "__".join(
            "".join(c if c.isalnum() else "_" for c in part).upper() for part in self.path
        )

    @property
    def is_structure(self) -> bool:
        """Whether the value is a list, a mapping or a section."""
        parts = _parts(self.field.annotation)
        return any(get_origin(part) in (list, tuple, dict) or _is_model(part) for part in parts)

    @property
    def is_nullable(self) -> bool:
        return type(None) in get_args(self.field.annotation)


def names(model: type[BaseModel], kinds: Collection[str], at: tuple[str, ...] = ()) -> Iterator[Name]:
    """Every key that can be set, where ``kinds`` are the names of the kinds."""
    for name, info in model.model_fields.items():
        path = (*at, name)
        section = section_of(info)
        entries = entries_of(info)
        if section is not None:
            if type(None) in get_args(info.annotation):
                yield Name(path=path, field=info)
            yield from names(section, kinds, path)
        elif entries is not None:
            for kind in kinds:
                yield from names(entries, kinds, (*path, kind))
        else:
            yield Name(path=path, field=info)


def section_of(info: FieldInfo) -> type[BaseModel] | None:
    """The model of a key that is a section, which may be null as well."""
    annotation = info.annotation
    parts = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return next((part for part in parts if _is_model(part)), None)


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def entries_of(info: FieldInfo) -> type[BaseModel] | None:
    """The model of the values of a key that maps names to sections."""
    if get_origin(info.annotation) is not dict:
        return None
    value = get_args(info.annotation)[1]
    return value if _is_model(value) else None


def nearest(wrong: str, right: Collection[str], *, likeness: float = 0.6) -> str | None:
    """The most similar of the right words, or None when none is similar (0 to 1)."""
    folded = {word.lower().replace("-", "_"): word for word in right}
    found = difflib.get_close_matches(wrong.lower().replace("-", "_"), folded, n=1, cutoff=likeness)
    return folded[found[0]] if found else None


def _parts(annotation: Any) -> tuple[Any, ...]:
    return (annotation, *get_args(annotation))
