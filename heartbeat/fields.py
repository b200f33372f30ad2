"""Single fields of a message, checked; each fault names the field, the value and what is allowed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core.elastic.meter import possible
from orchestrator.core.model import id_fault
from orchestrator.errors import InvalidMessage

MAX_KIND = 128
MAX_SHARD = 999_999_999
MAX_NUMBER = 2**63 - 1
MAX_PENDING = 100
MAX_LOAD = 32
MAX_NAME = 64

Said = Mapping[str, Any]


def shown(value: object) -> str:
    """A value from outside, short enough for a log line."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def text(said: Said, name: str) -> str:
    """A name of a kind: 1 to ``MAX_KIND`` printable characters."""
    value = said.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_KIND or not value.isprintable():
        raise InvalidMessage(f"{name} is {shown(value)}, it must be 1 to {MAX_KIND} printable characters")
    return value


def shard(said: Said, name: str) -> int:
    """A shard's number, which the seed's workers write as text."""
    value = said.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    if type(value) is int and 0 <= value <= MAX_SHARD:
        return value
    raise InvalidMessage(f"{name} is {shown(value)}, it must be a whole number from 0 to {MAX_SHARD}")


def integer(said: Said, name: str, *, least: int) -> int:
    value = said.get(name)
    if type(value) is not int or not least <= value <= MAX_NUMBER:
        raise InvalidMessage(f"{name} is {shown(value)}, it must be a whole number of at least {least}")
    return value


def truth(said: Said, name: str) -> bool:
    """Absent is false."""
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise InvalidMessage(f"{name} is {shown(value)}, it must be true or false")
    return value


def ids(said: Said, name: str) -> frozenset[str]:
    value = said.get(name)
    if not isinstance(value, list):
        raise InvalidMessage(f"{name} is {shown(value)}, it must be a list of ids")
    if len(value) > MAX_PENDING:
        allowed = f"at most {MAX_PENDING} are allowed; name some of them and set more to true"
        raise InvalidMessage(f"{name} has {len(value)} ids, {allowed}")
    for place, one in enumerate(value):
        if not isinstance(one, str):
            raise InvalidMessage(f"{name}[{place}] is {shown(one)}, it must be a string")
        if fault := id_fault(one):
            raise InvalidMessage(f"{name}[{place}] is {shown(one)}: {fault}")
    return frozenset(value)


def load(said: Said, name: str) -> tuple[dict[str, int], int]:
    """What a worker reports of itself, by name, and how many values are left out. Absent is empty.

    A value that cannot be true (negative, not a number) costs nobody his beat.
    """
    value = said.get(name)
    if value is None:
        return {}, 0
    if not isinstance(value, dict) or len(value) > MAX_LOAD:
        allowed = f"an object of at most {MAX_LOAD} numbers"
        raise InvalidMessage(f"{name} is {shown(value)}, it must be {allowed}")
    for key in value:
        if not 1 <= len(key) <= MAX_NAME or not key.isprintable():
            raise InvalidMessage(
                f"{name} names {shown(key)}, it must be 1 to {MAX_NAME} printable characters"
            )
    found = {key: whole for key in value if (whole := possible(value[key])) is not None}
    return found, len(value) - len(found)
