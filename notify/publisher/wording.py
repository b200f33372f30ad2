"""Turns changes into messages: one row each, or bulk forms of at most 500 ids."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from notify.message import encode
from notify.publisher.declared import Declared
from orchestrator.core.model import id_fault

IDS_A_MESSAGE = 500
_MAX_INSTANCE_BYTES = 60_000
_MAX_BULK_BYTES = 60_000 * 3


def worded(
    declared: Declared, operation: str, ids: Sequence[Any], instance: Mapping[str, Any] | None = None
) -> Iterator[bytes]:
    """The messages of one ``c``, ``u`` or ``d`` on rows of a table; no ids gives the bare form."""
    # One id that can never be placed must not spoil the message for the others.
    named = [value for value in map(_id, ids) if id_fault(str(value)) is None]
    column = declared.column or "id"
    now = time.time()
    if len(named) == 1:
        message = encode(operation, declared.table, named, id_column=column, instance=instance, at=now)
        if len(message) > _MAX_INSTANCE_BYTES:
            message = encode(operation, declared.table, named, id_column=column, at=now)
        yield message
        return
    bulk = f"b{operation}"
    if not named:
        yield encode(bulk, declared.table, (), at=now)
    for chunk in _chunks(named):
        yield encode(bulk, declared.table, chunk, id_column=column, at=now)


def _chunks(ids: Sequence[str | int]) -> Iterator[list[str | int]]:
    chunk: list[str | int] = []
    size = 0
    for value in ids:
        # A character outside ASCII takes six bytes of JSON, at the most.
        size += 6 * len(str(value)) + 3
        if chunk and (len(chunk) == IDS_A_MESSAGE or size > _MAX_BULK_BYTES):
            yield chunk
            chunk, size = [], 6 * len(str(value)) + 3
        chunk.append(value)
    if chunk:
        yield chunk


def _id(value: Any) -> str | int:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else str(value)
