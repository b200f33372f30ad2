"""Answers about where a person wants ids to stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """One pinned id. ``state``: held, moving, waiting, orphaned; ``detail`` says why."""

    id: str
    shard: int
    state: str
    detail: str
