"""Instances that are ended on purpose, and an office that is given up."""

from __future__ import annotations

from typing import TypedDict


class Struck(TypedDict):
    """An instance that was asked to end; ``since``: seconds of the epoch."""

    kind: str
    shard: int
    incarnation: int
    since: float


class Room(TypedDict):
    """``resigned`` is true: this server gave its office up."""

    resigned: bool
    epoch: int | None
