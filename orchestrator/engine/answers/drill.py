"""What the engine answers about what people do to instances and leaders on purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """An instance that was asked to end. ``since``: wall clock at which it was asked."""

    kind: str
    shard: int
    incarnation: int
    since: float
