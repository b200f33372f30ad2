"""Values by small numbers, and answers that are computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")
Answer = TypeVar("Answer")


class Table(Generic[Value]):
    """Gives equal values one number. ``key``: what tells two values apart."""

    def __init__(self, key: Callable[[Value], Hashable]) -> None:
        self._key = key
        self._numbers: dict[Hashable, int] = {}
        self.values: list[Value] = []

    def number(self, value: Value) -> int:
        key = self._key(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(value)
        return number

    def __getitem__(self, number: int) -> Value:
        return self.values[number]

    def __len__(self) -> int:
        return len(self.values)


class Remembered(dict[tuple[Hashable, ...], Answer]):
    """The answers of a function of hashable arguments: called at each combination of them once."""

    def __init__(self, answer: Callable[..., Answer]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, arguments: tuple[Hashable, ...]) -> Answer:
        found = self[arguments] = self._answer(*arguments)
        return found
