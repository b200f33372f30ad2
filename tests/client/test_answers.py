"""The typed answers are those of the API: each key that the client names is there, and is of that type."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel

import api.shapes.access
import api.shapes.coverage
import api.shapes.drill
import api.shapes.kind
import api.shapes.listing
import api.shapes.orchestration
import api.shapes.placement
import api.shapes.plan
import api.shapes.quarantine
import api.shapes.recording
import api.shapes.resource
import api.shapes.session
import api.shapes.shard
import api.shapes.sizing
import api.shapes.system
import api.shapes.upgrade
from api.shapes.base import Shape
from shardwright_client import answers

OTHERWISE = {
    "FoundResource": "FoundShape",
    "LaneStage": "StageShape",
    "LoadSpan": "Spread",
    "PastInstance": "PastShape",
}
"""What two modules of the API call alike has a name of its own in the client."""


def shapes(module: str) -> dict[str, type[Shape]]:
    found = vars(getattr(api.shapes, module)).items()
    return {name: one for name, one in found if inspect.isclass(one) and issubclass(one, Shape)}


def shape_of(name: str) -> type[Shape]:
    module = getattr(answers, name).__module__.rpartition(".")[2]
    known = shapes(module)
    return next(known[each] for each in (OTHERWISE.get(name, ""), f"{name}Shape", name) if each in known)


def document(kind: Any) -> Any:
    """A type of either side, told in the same words: JSON knows no tuples, enumerations and classes."""
    origin, given = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return document(given[0])
    if origin in (typing.Union, types.UnionType):
        return frozenset(document(one) for one in given)
    if origin in (tuple, list):
        inner = {document(one) for one in given if one is not Ellipsis}
        return "list", frozenset(
            each for one in inner for each in (one if isinstance(one, frozenset) else {one})
        )
    if origin is dict:
        return "dict", document(given[1])
    if origin is typing.Literal:
        return "text", frozenset(given)
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return "text", frozenset(one.value for one in kind)
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        return "object", kind.__name__.removesuffix("Shape")
    if typing.is_typeddict(kind):
        return "object", OTHERWISE.get(kind.__name__, kind.__name__).removesuffix("Shape")
    return kind


def keys(name: str) -> Iterator[tuple[str, Any]]:
    yield from typing.get_type_hints(getattr(answers, name)).items()


@pytest.mark.parametrize("name", answers.__all__)
def test_every_key_that_the_client_names_is_in_the_answer(name: str) -> None:
    fields = {field.alias or key: field for key, field in shape_of(name).model_fields.items()}
    for key, kind in keys(name):
        assert key in fields, f"{name}.{key} is in no answer"
        assert document(fields[key].annotation) == document(kind), f"{name}.{key}"


def test_another_key_or_type_would_be_noticed() -> None:
    assert document(tuple[int, ...]) != document(list[str])
    assert document(int | None) != document(int)
    assert shape_of("Plan") is not shape_of("PlanSummary")
