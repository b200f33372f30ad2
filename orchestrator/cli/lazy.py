"""A group of commands that imports a command only when it is called, or when all of them are listed."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
import typer.core
from typer._coercion import RuntimeParam, build_runtime_param
from typer.core import TyperGroup
from typer.main import get_command

if TYPE_CHECKING:
    from typer._click import Command
    from typer._coercion import TypeDescriptor


class Commands(MutableMapping[str, "Command"]):
    """Commands by name. ``places``: ``module:name`` of a function, or of a ``Typer`` with commands."""

    def __init__(self, places: dict[str, str], made: dict[str, Command]) -> None:
        self._places = places
        self._made = made

    def __getitem__(self, name: str) -> Command:
        if name not in self._made:
            self._made[name] = _command(name, self._places[name])
        return self._made[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        self._places.pop(name, None)
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._places, *self._made)))

    def __len__(self) -> int:
        return len({*self._places, *self._made})


class LazyGroup(TyperGroup):
    """A group whose commands stand in ``places``; those that were added as usual come after them."""

    places: dict[str, str] = {}  # noqa: RUF012 (each subclass has its own)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands(dict(self.places), dict(self.commands))

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


@dataclass(frozen=True)
class Quick(RuntimeParam):
    """What can be told at a glance needs no pydantic, whose import takes as long as all else together."""

    descriptor: Any

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        found = None if self.parameter_info.parser else _at_a_glance(value, self.annotation)
        if found is not None and _is_within(found, self.parameter_info):
            return found
        # Also what is wrong: the words of the complaint are typer's.
        return build_runtime_param(self.descriptor)._coerce_value(value, param=param, ctx=ctx)


def _at_a_glance(value: Any, kind: Any) -> Any:
    """The value as that type, or None where that takes more than a look."""
    if not isinstance(kind, type):
        return None
    if type(value) is kind:
        return value
    if issubclass(kind, Enum):
        return next((one for one in kind if one.value == value), None)
    is_whole = kind is int and isinstance(value, str) and value.isascii() and value.isdigit()
    return int(value) if is_whole and len(value) < 19 else None


def _is_within(value: Any, bounds: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    low, high = bounds.min, bounds.max
    return (low is None or value >= low) and (high is None or value <= high)


def _command(name: str, place: str) -> Command:
    module, _, member = place.partition(":")
    found = getattr(import_module(module), member)
    one = typer.Typer(add_completion=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        one.add_typer(found, name=name)
        group: Any = get_command(one)
        command: Command = group.commands[name]
        return command
    one.command(name)(found)
    return get_command(one)


def _quick(descriptor: TypeDescriptor) -> RuntimeParam:
    if descriptor.file_annotation is not None:
        return build_runtime_param(descriptor)
    return Quick(descriptor.parameter_info, descriptor.annotation, descriptor)


# typer has no seam for it: each command would import pydantic for its option --help alone.
typer.core.build_runtime_param = _quick  # type: ignore[attr-defined]
