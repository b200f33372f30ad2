"""Pins."""

from __future__ import annotations

from typing import TypedDict


class Pinned(TypedDict):
    """One pinned id. ``state``: held, moving, waiting; ``detail`` says what it waits for."""

    id: str
    shard: int
    state: str
    detail: str


class Unpinned(TypedDict):
    """This id is pinned no more."""

    kind: str
    id: str
