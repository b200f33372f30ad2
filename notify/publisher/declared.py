"""What a model says of itself: whether its changes are announced, under which table and by which id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from sqlalchemy.orm import ColumnProperty, Mapper

_SINGLE = {"c", "u", "d"}


@dataclass(frozen=True, slots=True)
class Declared:
    """``column`` and ``attribute`` are None when the primary key has several columns: then no id is named."""

    table: str
    operations: frozenset[str]
    column: str | None
    attribute: str | None
    with_instance: bool

    def announces(self, operation: str) -> bool:
        """Whether ``c``, ``u``, ``d`` or its bulk form is announced."""
        return operation[-1] in self.operations


def declared(mapper: Mapper[Any]) -> Declared | None:
    """Read ``__notify__`` of a mapped class: ``{"c": True, "u": True, "d": True}``; None when it has none.

    ``"instance": False`` in it leaves the row out of the messages. Raises ValueError for another key.
    """
    wanted = getattr(mapper.class_, "__notify__", None)
    if not wanted:
        return None
    if not isinstance(wanted, Mapping) or set(wanted) - _SINGLE - {"instance"}:
        raise ValueError(f"{mapper.class_.__name__}.__notify__ knows the keys c, u, d and instance")
    key = mapper.primary_key
    column = key[0] if len(key) == 1 else None
    return Declared(
        table=getattr(mapper.local_table, "name", mapper.class_.__name__),
        operations=frozenset(name for name in _SINGLE if wanted.get(name)),
        column=column.name if column is not None else None,
        attribute=mapper.get_property_by_column(column).key if column is not None else None,
        with_instance=bool(wanted.get("instance", True)),
    )


def loaded_row(mapper: Mapper[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an instance that are in memory and have a JSON form; nothing is loaded for it."""
    row: dict[str, Any] = {}
    for prop in mapper.iterate_properties:
        if isinstance(prop, ColumnProperty) and prop.key in values:
            value = values[prop.key]
            if (
                value is None
                or isinstance(value, str | int)
                or (isinstance(value, float) and isfinite(value))
            ):
                row[prop.columns[0].name] = value
            elif isinstance(value, date | time | Decimal | UUID):
                row[prop.columns[0].name] = str(value)
    return row
