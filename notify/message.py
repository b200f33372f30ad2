"""The messages of ``cm/notify``: bytes to ``Notification`` and back. Pure; any thread may call it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from orchestrator.core.model import id_fault
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Notification, Witness

MAX_MESSAGE_BYTES: Final = 256 * 1024
MAX_NAMED_IDS: Final = 10_000

_WITNESS: Final = {
    "c": Witness.CREATED,
    "u": Witness.UPDATED,
    "d": Witness.DELETED,
    "bc": Witness.CREATED,
    "bu": Witness.UPDATED,
    "bd": Witness.DELETED,
}
_IN_OPERATORS: Final = ("$in", "in")
_TRACE: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_MAX_SOURCE: Final = 64
_MAX_STAMP_MS: Final = 253_402_300_800_000  # the year 10000: no clock says so


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def decode(raw: bytes, *, id_column: str | Mapping[str, str] = "id") -> Notification:
    """Decode one message of at most 256 KiB.

    ``id_column`` is the column that ``k``, ``keys`` and ``where`` name ids by, or a mapping from
    table to column ("id" for a table that is not in it). The answer has no ids when the message
    names none, cannot name them (a ``where`` over other columns), or names more than 10,000.
    Raises InvalidMessage, and nothing else, whatever the bytes are.
    """
    document = _document(raw)
    operation = document.get("o")
    witness = _WITNESS.get(operation) if isinstance(operation, str) else None
    if witness is None:
        raise InvalidMessage(f"unknown operation {_shown(operation)}: c, u, d, bc, bu and bd are known")
    table = document.get("t")
    if not isinstance(table, str):
        raise InvalidMessage(f"the table is {_shown(table)}, it must be a text")
    if fault := id_fault(table):
        raise InvalidMessage(f"the table cannot be used: {fault.replace('the id', 'its name')}")
    column = id_column if isinstance(id_column, str) else id_column.get(table, "id")
    ids = _named_ids(document, column)
    source, number = _numbered(document)
    return Notification(
        table=table,
        witness=witness,
        ids=ids,
        stamp=_stamp(document.get("at")),
        source=source,
        number=number,
        trace=_trace(document.get("traceparent")),
    )


def encode(
    operation: str,
    table: str,
    ids: Sequence[str | int],
    *,
    id_column: str = "id",
    instance: Mapping[str, Any] | None = None,
    at: float | None = None,
) -> bytes:
    """Encode a change of rows of ``table``; no ids gives the bare form, which asks for a resync.

    ``c``, ``u`` and ``d`` name one id (and may carry the row as ``instance``, which must be JSON),
    the bulk operations any number. ``at`` is wall-clock seconds. Raises ValueError for an operation
    that is none, and for more than one id of a single operation.
    """
    if operation not in _WITNESS:
        raise ValueError(f"unknown operation {operation!r}")
    document: dict[str, Any] = {"o": operation, "t": table}
    if ids and operation in ("c", "u", "d"):
        if len(ids) != 1:
            raise ValueError(f"the operation {operation!r} names one id, not {len(ids)}")
        document["k"] = {id_column: ids[0]}
        if instance is not None:
            document["instance"] = dict(instance)
    elif ids and operation == "bc":
        document["keys"] = list(ids)
    elif ids:
        document["where"] = {id_column: list(ids)}
    if at is not None:
        document["at"] = round(at * 1000)
    return json.dumps(document, separators=(",", ":")).encode()


def numbered(message: bytes, source: str, number: int) -> bytes:
    """The encoded message with who sends it and which of its messages it is.

    Whoever does not know these fields ignores them. Requires: ``message`` is one of ``encode``.
    """
    return message[:-1] + b',"by":%b,"n":%d}' % (json.dumps(source).encode(), number)


def _document(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_MESSAGE_BYTES:
        raise InvalidMessage(f"the message has {len(raw)} bytes, at most {MAX_MESSAGE_BYTES} are read")
    try:
        document = _DECODER.decode(str(raw, "utf-8"))
    except UnicodeDecodeError as exc:
        raise InvalidMessage(f"the message is not UTF-8 (byte {exc.start})") from exc
    except RecursionError as exc:
        raise InvalidMessage("the message is nested too deeply") from exc
    except ValueError as exc:
        raise InvalidMessage(f"the message is not JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise InvalidMessage(f"the message is {_shown(document)}, it must be an object")
    return document


def _named_ids(document: Mapping[str, Any], column: str) -> tuple[str, ...]:
    if "k" in document:
        return (_key(document["k"], column),)
    if "keys" in document:
        return _many(document["keys"], column)
    return _of_where(document.get("where"), column)


def _key(value: Any, column: str) -> str:
    if isinstance(value, dict):
        if column not in value:
            raise InvalidMessage(f"a key is an object without {_shown(column)}")
        value = value[column]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise InvalidMessage(f"an id is {_shown(value)}, it must be a text or an integer")
    if fault := id_fault(value):
        raise InvalidMessage(fault)
    return value


def _many(values: Any, column: str) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise InvalidMessage(f"the keys are {_shown(values)}, they must be a list")
    if len(values) > MAX_NAMED_IDS:
        return ()
    return tuple(dict.fromkeys([_key(value, column) for value in values]))


def _of_where(where: Any, column: str) -> tuple[str, ...]:
    if not isinstance(where, dict) or len(where) != 1 or column not in where:
        return ()
    condition = where[column]
    if isinstance(condition, dict):
        # A second operator narrows the set: the list alone would name rows that were not touched.
        if len(condition) != 1:
            return ()
        condition = next((condition[name] for name in _IN_OPERATORS if name in condition), None)
        if not isinstance(condition, list):
            return ()
    if condition is None:
        return ()
    values = condition if isinstance(condition, list) else [condition]
    if any(isinstance(value, dict | list) or value is None for value in values):
        return ()
    return _many(values, column)


def _stamp(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if 0 <= value < _MAX_STAMP_MS else None


def _numbered(document: Mapping[str, Any]) -> tuple[str, int | None]:
    """Who sent the message, and which of its messages it is; it may say neither."""
    source, number = document.get("by"), document.get("n")
    if not isinstance(source, str) or not 0 < len(source) <= _MAX_SOURCE:
        return "", None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
        return source, None
    return source, number


def _trace(value: Any) -> str:
    return value if isinstance(value, str) and _TRACE.fullmatch(value) else ""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "…")
    if value is None or isinstance(value, bool | float):
        return json.dumps(value)
    return {dict: "an object", list: "a list", int: "a number"}.get(type(value), type(value).__name__)
