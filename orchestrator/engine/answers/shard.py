"""What the facade answers of one shard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardStatus:
    """One shard with its instance.

    ``health``: ok, starting, late, lost, draining, stopping, backoff, none. ``capacity``: what it holds by
    dimension; ``bounds``: those of it that a person set.
    """

    kind: str
    number: int
    name: str
    used: int
    count: int
    generation: int
    acknowledged: int | None
    releasing: int
    arriving: int
    state: str
    instance: str
    incarnation: int
    revision: int
    health: str
    beat_age: float | None
    since: float | None
    load: Mapping[str, int] = field(default_factory=dict)
    detail: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)
    bounds: Mapping[str, int] = field(default_factory=dict)
