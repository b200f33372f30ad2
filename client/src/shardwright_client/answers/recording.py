"""Recordings of a kind."""

from __future__ import annotations

from typing import TypedDict


class Checkpoint(TypedDict):
    """``name``: the detail of the line ``input-checkpoint`` that follows soon. ``ids``: of the kind."""

    kind: str
    name: str
    ids: int


class Recorded(TypedDict):
    """A line of the journal. ``payload``: lines of JSON, packed with zlib, as base64; null: it has none."""

    sequence: int
    at: float
    verb: str
    reason: str
    shard: int | None
    to: int | None
    count: int
    op: str
    detail: str
    payload: str | None


class Recording(TypedDict):
    """Oldest first. ``next``: what to ask for after this page; null where there is no more yet."""

    items: list[Recorded]
    next: int | None
