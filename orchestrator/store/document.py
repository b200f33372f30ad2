"""One stored document: JSON text and the version that each write of it increases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import orjson

from orchestrator.errors import Permanent


class Document(NamedTuple):
    """A body as it was read; ``version`` is 0 when it was created and grows by one with each set."""

    body: bytes
    version: int


def encode(value: Mapping[str, Any]) -> bytes:
    """Compact JSON in UTF-8, as the seed's workers read it."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # A lone surrogate has no UTF-8, but another writer may have left one that must survive a rewrite.
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


class Fields:
    """The members of a document's JSON object, each checked as it is read.

    Whatever has the wrong shape raises Permanent, which names the path and the member.
    """

    __slots__ = ("_members", "path")

    def __init__(self, path: str, members: Any) -> None:
        self.path = path
        if not isinstance(members, dict):
            raise Permanent(f"{path}: expected a JSON object, found {type(members).__name__}")
        self._members = members

    @classmethod
    def of(cls, path: str, body: bytes) -> Fields:
        try:
            return cls(path, json.loads(body))
        except (ValueError, RecursionError) as exc:
            raise Permanent(f"{path}: the document is not JSON ({exc})") from exc

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def integer(self, name: str, default: int | None = None) -> int:
        """A number of zero or more; a member that is absent counts as its default, if it has one."""
        value = self._members.get(name, default)
        if type(value) is not int or value < 0:
            self.reject(name, "an integer of zero or more")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._members.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.reject(name, "a number")
        return float(value)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._members.get(name, default)
        if not isinstance(value, str):
            self.reject(name, "a text")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._members.get(name, default)
        if not isinstance(value, bool):
            self.reject(name, "true or false")
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        values = self._list(name)
        if any(type(value) is not int or value < 0 for value in values):
            self.reject(name, "a list of integers of zero or more")
        return tuple(values)

    def integer_pairs(self, name: str) -> tuple[tuple[int, int], ...]:
        values = self._list(name)
        for pair in values:
            if not isinstance(pair, list) or list(map(type, pair)) != [int, int]:
                self.reject(name, "a list of pairs of integers")
        return tuple((first, second) for first, second in values)

    def ids(self, name: str) -> tuple[str, ...]:
        """A list of ids; unlike the other lists it must be there, since absent is not empty.

        An id that stands in it twice, as only another writer leaves it, is one id.
        """
        values = self._list(name)
        types = set(map(type, values))
        if name not in self or not types <= {str, int}:
            self.reject(name, "a list of texts")
        # The seed's catalog has numeric ids, and not each of its writers turned them into text.
        ids = tuple(map(str, values)) if int in types else tuple(values)
        return ids if len(set(ids)) == len(ids) else tuple(dict.fromkeys(ids))

    def objects(self, name: str) -> list[Fields]:
        return [Fields(f"{self.path} ({name})", value) for value in self._list(name)]

    def inner(self, name: str) -> Fields | None:
        """A member that is an object itself, or None when it is absent or null."""
        value = self._members.get(name)
        return None if value is None else Fields(f"{self.path} ({name})", value)

    def texts(self, name: str) -> tuple[tuple[str, str], ...]:
        """A member that maps names to texts, sorted by name; none where it is absent."""
        values = self._mapping(name)
        if not all(isinstance(value, str) for value in values.values()):
            self.reject(name, "an object of texts")
        return tuple(sorted(values.items()))

    def bounds(self, name: str) -> tuple[tuple[str, int], ...]:
        """A member that maps names to integers of zero or more, sorted by name; none where it is absent."""
        values = self._mapping(name)
        if any(type(value) is not int or value < 0 for value in values.values()):
            self.reject(name, "an object of integers of zero or more")
        return tuple(sorted(values.items()))

    def beyond(self, known: frozenset[str]) -> str:
        """The members of other names, as JSON; empty where there are none."""
        others = {name: self._members[name] for name in self._members if name not in known}
        return json.dumps(others, separators=(",", ":"), sort_keys=True) if others else ""

    def _mapping(self, name: str) -> dict[str, Any]:
        values = self._members.get(name, {})
        if not isinstance(values, dict):
            self.reject(name, "an object")
        return values

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._members.get(name) is not None

    def _list(self, name: str) -> list[Any]:
        value = self._members.get(name, [])
        if not isinstance(value, list):
            self.reject(name, "a list")
        return value

    def reject(self, name: str, wanted: str) -> NoReturn:
        found = repr(self._members.get(name))
        shown = found if len(found) <= 80 else found[:77] + "..."
        raise Permanent(f"{self.path}: {name!r} must be {wanted}, found {shown}")
