"""Ids as the catalog's column holds them: text, numbers or UUIDs. Everywhere else an id is text."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, String, Uuid
from sqlalchemy.types import TypeEngine

from orchestrator.core.model import id_fault
from orchestrator.errors import Unavailable

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)


class IdType(Enum):
    """The kinds of id columns that can be compared without a doubt."""

    TEXT = "text"
    INTEGER = "integer"
    UNSIGNED = "unsigned integer"
    UUID = "uuid"

    @classmethod
    def of(cls, column_type: TypeEngine[Any]) -> IdType | None:
        """None for a column of any other type: its values have more than one form as text."""
        if isinstance(column_type, String):
            return cls.TEXT
        if isinstance(column_type, Uuid):
            return cls.UUID
        if not isinstance(column_type, Integer):
            return None
        return cls.UNSIGNED if getattr(column_type, "unsigned", False) else cls.INTEGER

    def values(self, ids: Collection[str]) -> list[Any]:
        """The ids as values to compare with, without those that the column cannot hold."""
        known = [value for value in dict.fromkeys(ids) if id_fault(value) is None]
        if self is not IdType.TEXT and self is not IdType.UUID:
            bounds = _INT64 if self is IdType.INTEGER else _UINT64
            return [int(value) for value in known if _is_integer(value) and int(value) in bounds]
        if self is IdType.UUID:
            return [UUID(value) for value in known if _is_uuid(value)]
        return known


def id_text(value: object) -> str:
    """An id as text. Raises Unavailable for a value that is no id: to skip it would say that it is gone."""
    if isinstance(value, str | int | UUID):
        return str(value)
    raise Unavailable(f"an id is stored as {type(value).__name__}, not as text, integer or UUID")


def _is_integer(value: str) -> bool:
    # "07", "+7" and "7 " are other ids than "7": a number is accepted in its one printed form only.
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 20):
        return False
    return str(int(value)) == value


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
