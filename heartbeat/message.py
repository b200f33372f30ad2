"""Signs of life as bytes: messages of the topic ``HeartBeat``. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from heartbeat import fields
from orchestrator.core.reported import sift
from orchestrator.errors import InvalidMessage
from orchestrator.ports import Beat

MAX_BYTES = 256 * 1024
"""A longer message is refused unread: 100 pending ids of the greatest length fit."""

MILLISECONDS_FROM = 1e11
"""A time stamp from here on (in seconds: the year 5138) is meant in milliseconds."""


def decode_topic(payload: bytes, *, received: float) -> Beat:
    """Read a message of the topic, the seed's or ours; ``received`` as in ``Beat``.

    Its time stamp is only checked: beats count by the time at which the broker had them.
    Raises InvalidMessage.
    """
    said = _object(payload)
    kind = fields.text(said, "resource")
    shard = fields.shard(said, "instanceId")
    if "Timestamp" in said:
        stamp(said["Timestamp"])
    if said.get("incarnation") is None:
        return Beat(kind=kind, shard=shard, received=received)
    return _ours(said, kind=kind, shard=shard, received=received)


def encode_topic(beat: Beat, *, at: float) -> bytes:
    """A message of the topic; ``at``: wall-clock seconds, written as the seed's workers do."""
    said: dict[str, Any] = {"resource": beat.kind, "instanceId": str(beat.shard), "Timestamp": str(int(at))}
    if beat.incarnation is not None:
        said |= {"incarnation": beat.incarnation, "generation": beat.generation}
        said |= {"pending": None if beat.pending is None else sorted(beat.pending)}
        said |= {"more": beat.more, "load": dict(beat.load)}
        if beat.weights:
            said["weights"] = {resource_id: dict(values) for resource_id, values in beat.weights.items()}
    return json.dumps(said).encode()


def stamp(value: object) -> float:
    """A time stamp as seconds since the epoch: seconds or milliseconds, as number or text, or ISO 8601.

    A time without a zone is UTC. Raises InvalidMessage.
    """
    seconds = math.nan
    if isinstance(value, str) and len(value) <= 64:
        try:
            seconds = float(value)
        except ValueError:
            seconds = _iso(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value) if abs(value) < 1e18 else math.nan
    if not (math.isfinite(seconds) and 0 <= seconds < 1e15):
        allowed = "seconds or milliseconds since 1970, or ISO 8601"
        raise InvalidMessage(f"Timestamp is {fields.shown(value)}, it must be {allowed}")
    return seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds


def _iso(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ours(said: Mapping[str, Any], *, kind: str, shard: int, received: float) -> Beat:
    generation = said.get("generation")
    pending = said.get("pending")
    load, impossible = fields.load(said, "load")
    weights, unweighable = sift(said.get("weights"))
    return Beat(
        kind=kind,
        shard=shard,
        received=received,
        incarnation=fields.integer(said, "incarnation", least=0),
        # -1: nothing has been applied yet.
        generation=None if generation is None else fields.integer(said, "generation", least=-1),
        pending=None if pending is None else fields.ids(said, "pending"),
        more=fields.truth(said, "more"),
        load=load,
        impossible=impossible,
        weights=weights,
        unweighable=unweighable,
    )


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_BYTES:
        raise InvalidMessage(f"the message has {len(payload)} bytes, at most {MAX_BYTES} are allowed")
    try:
        said = json.loads(payload)
    # RecursionError: brackets within brackets.
    except (ValueError, RecursionError) as wrong:
        raise InvalidMessage(f"the message is not JSON: {wrong}") from wrong
    if not isinstance(said, dict):
        raise InvalidMessage(f"the message is {fields.shown(said)}, it must be a JSON object")
    return said
