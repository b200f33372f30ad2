"""Parameters of a query that know what they allow: the document says what the check does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from api.problem import Problem, shortened
from api.route import Parameter

Chosen = TypeVar("Chosen", bound=StrEnum)
Usual = TypeVar("Usual")
"""What stands for a parameter that is left out: a value of its own type, or None."""

HIGHEST = 2**63 - 1
"""Of a sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Parameter):
    """``true`` or ``false``; false where it is left out."""

    schema: Mapping[str, object] = field(init=False)

    def __post_init__(self) -> None:
        _say(self, {"type": "boolean"}, False)

    def read(self, values: Mapping[str, str]) -> bool:
        """Raises Problem (422)."""
        value = values.get(self.name, "false")
        if value not in ("true", "false"):
            raise Problem(422, f"{self.name} is {shortened(value)}; allowed: true, false")
        return value == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Parameter, Generic[Usual]):
    """A whole number in decimal digits, from ``least`` to ``most``."""

    schema: Mapping[str, object] = field(init=False)
    usual: Usual
    least: int = 0
    most: int = HIGHEST

    def __post_init__(self) -> None:
        _say(self, {"type": "integer", "minimum": self.least, "maximum": self.most}, self.usual)

    def read(self, values: Mapping[str, str]) -> int | Usual:
        """Raises Problem (422)."""
        value = values.get(self.name)
        return self.usual if value is None else whole(self.name, value, least=self.least, most=self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Parameter, Generic[Chosen, Usual]):
    """One of the words of an enumeration."""

    schema: Mapping[str, object] = field(init=False)
    of: type[Chosen]
    usual: Usual

    def __post_init__(self) -> None:
        _say(self, {"type": "string", "enum": [one.value for one in self.of]}, self.usual)

    def read(self, values: Mapping[str, str]) -> Chosen | Usual:
        """Raises Problem (422)."""
        value = values.get(self.name)
        if value is None:
            return self.usual
        if value not in list(self.of):
            raise Problem(422, f"{self.name} is {shortened(value)}; allowed: {', '.join(self.of)}")
        return self.of(value)


def whole(name: str, value: str, *, least: int, most: int) -> int:
    """The value of what is called ``name`` as a number. Raises Problem (422)."""
    if value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most:
        return int(value)
    raise Problem(422, f"{name} is {shortened(value)}; allowed: a whole number from {least} to {most}")


def _say(parameter: Parameter, schema: dict[str, object], usual: object) -> None:
    """Written once, from what it allows."""
    default = {} if usual is None else {"default": str(usual) if isinstance(usual, StrEnum) else usual}
    object.__setattr__(parameter, "schema", schema | default)
