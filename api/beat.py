"""A worker's beat, decoded strictly: unknown fields are ignored, every fault is named. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.problem import Problem, shortened
from orchestrator.core.elastic.meter import possible
from orchestrator.core.reported import sift
from orchestrator.ports import Beat

MOST_PENDING = 100
LONGEST_ID = 512
MOST_LOADS = 32
LONGEST_NAME = 64
HIGHEST = 2**63 - 1


def decode_beat(value: object, kind: str, shard: int, received: float) -> Beat:
    """Raises Problem (400) that names every field at fault."""
    if not isinstance(value, dict):
        raise Problem(400, "the beat is not a JSON object")
    faults: list[str] = []
    incarnation = _whole(value, "incarnation", 0, faults)
    generation = _whole(value, "generation", -1, faults)
    pending = _pending(value.get("pending"), faults)
    load, impossible = _load(value.get("load", {}), faults)
    weights, unweighable = sift(value.get("weights"))
    more = value.get("more", False)
    if not isinstance(more, bool):
        faults.append(f"more is {shortened(more)}; allowed: true, false")
    if faults:
        raise Problem(400, faults[0], faults)
    return Beat(
        kind=kind,
        shard=shard,
        received=received,
        incarnation=incarnation,
        generation=generation,
        pending=pending,
        more=more,
        load=load,
        impossible=impossible,
        weights=weights,
        unweighable=unweighable,
    )


def _whole(value: Mapping[str, Any], name: str, least: int, faults: list[str]) -> int:
    given = value.get(name)
    if type(given) is int and least <= given <= HIGHEST:
        return given
    said = shortened(given) if name in value else "missing"
    faults.append(f"{name} is {said}; allowed: a whole number, {least} or more")
    return least


def _pending(given: object, faults: list[str]) -> frozenset[str]:
    if isinstance(given, list) and len(given) <= MOST_PENDING and all(_is_id(one) for one in given):
        return frozenset(given)
    faults.append(f"pending is not a list of at most {MOST_PENDING} ids of at most {LONGEST_ID} bytes")
    return frozenset()


def _is_id(given: object) -> bool:
    if not isinstance(given, str):
        return False
    try:
        return 0 < len(given.encode()) <= LONGEST_ID
    except UnicodeEncodeError:
        return False


def _load(given: object, faults: list[str]) -> tuple[Mapping[str, int], int]:
    """What can be true of it, and how many values cannot: a wrong figure costs nobody his beat."""
    if (
        isinstance(given, dict)
        and len(given) <= MOST_LOADS
        and all(len(name) <= LONGEST_NAME for name in given)
    ):
        found = {name: load for name, value in given.items() if (load := possible(value)) is not None}
        return found, len(given) - len(found)
    faults.append(f"load is not an object of at most {MOST_LOADS} numbers, each with a name")
    return {}, 0
