"""Members of a stored plan, read strictly: what does not fit is a ValueError that names the member."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Members:
    """One object of a document. ``where``: names it in what is raised. Every method raises ValueError."""

    def __init__(self, where: str, value: object) -> None:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} is no object")
        self._where = where
        self._value = value

    def whole(self, name: str, default: int | None = None) -> int:
        value = self._value.get(name, default)
        if type(value) is not int or value < 0:
            self._reject(name, "a whole number, 0 or more")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self._reject(name, "a number")
        return float(value)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value.get(name, default)
        if not isinstance(value, str):
            self._reject(name, "text")
        return value

    def optional_whole(self, name: str) -> int | None:
        return None if self._value.get(name) is None else self.whole(name)

    def inner(self, name: str) -> Members:
        return Members(f"{self._where}.{name}", self._value.get(name))

    def optional(self, name: str) -> Members | None:
        return None if self._value.get(name) is None else self.inner(name)

    def each(self, name: str, read: Callable[[Members], T]) -> tuple[T, ...]:
        """Every object of a list."""
        where = f"{self._where}.{name}"
        return tuple(read(Members(where, one)) for one in self._list(name))

    def wholes(self, name: str) -> tuple[int, ...]:
        found = tuple(self._list(name))
        if not all(_is_whole(one) for one in found):
            self._reject(name, "whole numbers, 0 or more")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        found = tuple(self._list(name))
        if not all(isinstance(one, str) for one in found):
            self._reject(name, "texts")
        return found

    def rows(self, name: str, length: int) -> tuple[tuple[int, ...], ...]:
        """Lists of so many whole numbers each."""
        found = self._list(name)
        if not all(
            isinstance(row, list) and len(row) == length and all(map(_is_whole, row)) for row in found
        ):
            self._reject(name, f"lists of {length} whole numbers")
        return tuple(tuple(row) for row in found)

    def vectors(self, name: str) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Pairs of a number and a list of numbers."""
        rows = self._list(name)
        if not all(
            isinstance(row, list)
            and len(row) == 2
            and _is_whole(row[0])
            and isinstance(row[1], list)
            and all(map(_is_whole, row[1]))
            for row in rows
        ):
            self._reject(name, "pairs of a whole number and a list of them")
        return tuple((row[0], tuple(row[1])) for row in rows)

    def _list(self, name: str) -> list[Any]:
        value = self._value.get(name, [])
        if not isinstance(value, list):
            self._reject(name, "a list")
        return value

    def _reject(self, name: str, wanted: str) -> NoReturn:
        raise ValueError(f"{self._where}.{name} is not {wanted}")


def _is_whole(value: object) -> bool:
    return type(value) is int and value >= 0
