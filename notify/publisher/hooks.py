"""The session hooks: each change of a declared model writes its message into the same transaction."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Result, event, inspect
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    Session,
    SessionTransaction,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.orm.session import object_session

from notify.publisher.bell import Bell
from notify.publisher.declared import Declared, declared, loaded_row
from notify.publisher.outbox import append
from notify.publisher.statements import operation_of, touched_ids
from notify.publisher.wording import worded

_CHANGES = "shardwright.changes"
_RING = "shardwright.ring"

_bells: weakref.WeakKeyDictionary[Any, Bell] = weakref.WeakKeyDictionary()

_Row = tuple[Any, dict[str, Any] | None]
_Changes = dict[tuple[Mapper[Any], str], list[_Row]]


def install(sessions: sessionmaker[Any] | scoped_session[Any] | type[Session]) -> Bell:
    """Announce what these sessions commit; repeating it is harmless.

    Give the bell to the ``Relay`` of the same process, which is then woken by each commit. For an
    ``AsyncSession`` give its ``sync_session_class``.
    """
    if sessions in _bells:
        return _bells[sessions]
    bell = Bell()

    def on_transaction_end(session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None and session.info.pop(_RING, False):
            bell.ring()

    event.listen(sessions, "before_flush", _on_before_flush)
    event.listen(sessions, "after_flush", _on_after_flush)
    event.listen(sessions, "do_orm_execute", _on_execute)
    event.listen(sessions, "after_transaction_end", on_transaction_end)
    for name, hook in (("after_insert", _on_row_c), ("after_update", _on_row_u), ("after_delete", _on_row_d)):
        if not event.contains(Mapper, name, hook):
            event.listen(Mapper, name, hook)
    _bells[sessions] = bell
    return bell


def _on_before_flush(session: Session, _context: object, _instances: object) -> None:
    # Sessions without the hooks have no such entry: their rows are not collected.
    session.info[_CHANGES] = {}


def _on_after_flush(session: Session, _context: object) -> None:
    changes: _Changes = session.info.pop(_CHANGES, {})
    for (mapper, operation), rows in changes.items():
        model = declared(mapper)
        assert model is not None
        ids = [row[0] for row in rows] if model.column is not None else []
        instance = rows[0][1] if len(rows) == 1 else None
        _write(session, {"mapper": mapper}, model, operation, ids, instance)


def _on_row_c(mapper: Mapper[Any], _connection: Connection, row: object) -> None:
    _collect(mapper, "c", row)


def _on_row_d(mapper: Mapper[Any], _connection: Connection, row: object) -> None:
    _collect(mapper, "d", row)


def _on_row_u(mapper: Mapper[Any], _connection: Connection, row: object) -> None:
    session = object_session(row)
    # The hook also runs for rows of which nothing but a collection changed.
    if session is not None and session.is_modified(row, include_collections=False):
        _collect(mapper, "u", row)


def _collect(mapper: Mapper[Any], operation: str, row: object) -> None:
    session = object_session(row)
    changes: _Changes | None = session.info.get(_CHANGES) if session is not None else None
    if changes is None:
        return
    model = declared(mapper)
    if model is None:
        return
    state = inspect(row)
    key = state.dict.get(model.attribute) if model.attribute is not None else None
    if operation == "u" and model.attribute is not None:
        for old in state.attrs[model.attribute].history.deleted or ():
            # A new primary key is another resource: the old one is gone.
            _add(changes, model, mapper, "d", (old, None))
            operation = "c"
    instance = loaded_row(mapper, state.dict) if model.with_instance and operation != "d" else None
    _add(changes, model, mapper, operation, (key, instance))


def _add(changes: _Changes, model: Declared, mapper: Mapper[Any], operation: str, row: _Row) -> None:
    if model.announces(operation):
        changes.setdefault((mapper, operation), []).append(row)


def _on_execute(state: ORMExecuteState) -> Result[Any] | None:
    operation = operation_of(state)
    mapper = state.bind_mapper
    if operation is None or mapper is None:
        return None
    model = declared(mapper)
    if model is None or not model.announces(operation):
        return None
    ids = touched_ids(state, mapper, model)
    result = state.invoke_statement()
    count = getattr(result, "rowcount", -1)
    if ids is not None and count > len(ids):
        # More rows than were seen: another transaction added some in between.
        ids = None
    if ids or (ids is None and count != 0):
        _write(state.session, dict(state.bind_arguments), model, operation, ids or [], None)
    return result


def _write(
    session: Session,
    bind_arguments: dict[str, Any],
    model: Declared,
    operation: str,
    ids: Sequence[Any],
    instance: dict[str, Any] | None,
) -> None:
    bind_arguments.pop("clause", None)
    append(session.connection(bind_arguments=bind_arguments), worded(model, operation, ids, instance))
    session.info[_RING] = True
