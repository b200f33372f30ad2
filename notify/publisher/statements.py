"""Which ids an ORM bulk statement touches, found before it runs and in its own transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Delete, Insert, Update, select
from sqlalchemy.orm import Mapper, ORMExecuteState

from notify.publisher.declared import Declared


def operation_of(state: ORMExecuteState) -> str | None:
    """``c``, ``u`` or ``d`` for a statement that changes rows, else None."""
    if state.is_insert:
        return "c"
    if state.is_update:
        return "u"
    return "d" if state.is_delete else None


def touched_ids(state: ORMExecuteState, mapper: Mapper[Any], declared: Declared) -> list[Any] | None:
    """The ids that the statement is about to touch; None when it cannot be said."""
    if declared.attribute is None or declared.column is None:
        return None
    statement = state.statement
    if isinstance(statement, Insert):
        return _inserted(statement, state.parameters, declared)
    if isinstance(statement, Update | Delete):
        return _matching(state, statement, mapper, declared)
    return None


def _matching(
    state: ORMExecuteState, statement: Update | Delete, mapper: Mapper[Any], declared: Declared
) -> list[Any] | None:
    parameters = state.parameters
    if isinstance(parameters, Sequence) and len(parameters) > 0:
        # An UPDATE by primary key: each set of parameters names its row.
        return None if statement.whereclause is not None else _of_rows(parameters, declared)
    assert declared.attribute is not None
    query = select(mapper.attrs[declared.attribute].class_attribute)
    if statement.whereclause is not None:
        query = query.where(statement.whereclause)
    # Locked, a row that was seen cannot stop matching before the statement runs; one that is added in between
    # shows in the number of rows. A SELECT of MySQL sees current rows only with a lock.
    query = query.with_for_update()
    arguments = parameters if isinstance(parameters, Mapping) else None
    found = state.session.execute(query, arguments, bind_arguments=dict(state.bind_arguments))
    return list(dict.fromkeys(found.scalars()))


def _inserted(statement: Insert, parameters: Any, declared: Declared) -> list[Any] | None:
    if statement.select is not None:
        return None
    if isinstance(parameters, Sequence) and len(parameters) > 0:
        return _of_rows(parameters, declared)
    if isinstance(parameters, Mapping) and parameters:
        return _of_rows([parameters], declared)
    assert declared.column is not None
    pattern = re.compile(rf"{re.escape(declared.column)}(_m\d+)?")
    # SQLAlchemy names the values of several rows in one VALUES clause column_m0, column_m1, …
    values = [value for name, value in statement.compile().params.items() if pattern.fullmatch(name)]
    return values if values and all(value is not None for value in values) else None


def _of_rows(rows: Sequence[Any], declared: Declared) -> list[Any] | None:
    names = (declared.attribute, declared.column)
    ids = [next((row[name] for name in names if row.get(name) is not None), None) for row in rows]
    return None if None in ids else ids
