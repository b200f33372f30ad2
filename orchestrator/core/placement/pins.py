"""The paper of the ids that a person has pinned to a shard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from orchestrator.core.model import id_fault
from orchestrator.core.papers import Paper

PAPER: Final = "pins"

Pins = Mapping[str, int]
"""The number of the shard of each pinned id; the shard need not be there yet."""

NO_PINS: Final[Pins] = MappingProxyType({})


def encode_pins(pins: Pins) -> bytes:
    """Raises ValueError, a sentence, for an id that nothing can own, or a number below zero."""
    for resource_id, shard in pins.items():
        if (fault := id_fault(resource_id)) is not None:
            raise ValueError(f"the pin of {resource_id[:64]!r} cannot be kept: {fault}")
        if shard < 0:
            raise ValueError(f"shard {shard} of the pin of {resource_id[:64]!r} is no number of zero or more")
    return json.dumps(
        {"pins": dict(sorted(pins.items()))}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def decode_pins(body: bytes) -> dict[str, int]:
    """Raises ValueError, a sentence, for what ``encode_pins`` did not write."""
    try:
        held = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"the paper {PAPER} is not JSON ({exc})") from exc
    pins = held.get("pins") if isinstance(held, dict) else None
    if not isinstance(pins, dict):
        raise ValueError(f"the paper {PAPER} holds no object of pins")
    for resource_id, shard in pins.items():
        if type(shard) is not int or shard < 0:
            raise ValueError(f"the paper {PAPER} has no number of a shard for {resource_id[:64]!r}")
    return pins


@lru_cache(maxsize=64)
def _read(body: bytes) -> tuple[Pins, str]:
    try:
        return MappingProxyType(decode_pins(body)), ""
    except ValueError as error:
        return NO_PINS, str(error)


def pins_in(paper: Paper | None) -> Pins:
    """The pins of a kind, read once for as long as the paper stays the same; none where it is no paper of
    pins, which ``pins_fault`` tells."""
    return NO_PINS if paper is None else _read(paper.body)[0]


def pins_fault(paper: Paper | None) -> str:
    """Why the pins cannot be read, and nobody is pinned for that; empty where they can."""
    return "" if paper is None else _read(paper.body)[1]
