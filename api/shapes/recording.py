"""A kind's recording: lines of the journal with what they hold beside."""

from __future__ import annotations

from base64 import b64encode
from typing import Self

from api.shapes.base import Shape, Text
from orchestrator.ports import Recorded


class CheckpointShape(Shape):
    """``name``: the detail of the line ``input-checkpoint`` that follows soon. ``ids``: of the kind."""

    kind: str
    name: str
    ids: int


class RecordedShape(Shape):
    """A line of the journal. ``payload``: lines of JSON, packed with zlib, as base64; null: it has none."""

    sequence: int
    at: float
    verb: str
    reason: str
    shard: int | None
    to: int | None
    count: int
    op: str
    detail: Text
    payload: str | None

    @classmethod
    def of_line(cls, one: Recorded) -> Self:
        line = one.line
        return cls(
            sequence=line.sequence,
            at=line.at,
            verb=line.verb,
            reason=line.reason,
            shard=line.shard,
            to=line.to,
            count=line.count,
            op=line.op,
            detail=line.detail,
            payload=b64encode(one.body).decode() if one.body else None,
        )


class RecordingShape(Shape):
    """Oldest first. ``next``: what to ask for after this page; null where there is no more yet."""

    items: tuple[RecordedShape, ...]
    next: int | None
