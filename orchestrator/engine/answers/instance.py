"""What the facade answers of one shard in full: its moves, and its instance from beginning to end.

Times are wall-clock seconds; None is unknown, or has not been.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.engine.answers import InstanceStatus
from orchestrator.engine.answers.shard import ShardStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Ids between two shards: yet to be let go of, and handed over but not yet acknowledged.

    ``to`` None: they were deleted. ``oldest``: seconds for which the oldest of them has been on the way.
    """

    source: int
    to: int | None
    releasing: int
    acquiring: int
    oldest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesStatus:
    """``in_flight``: ids that no shard owns for now, as the limit counts them; ``budget``: the limit."""

    kind: str
    in_flight: int
    budget: int
    items: tuple[Flow, ...]
    slowest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardDetail:
    """``flows``: those that begin or end at the shard."""

    shard: ShardStatus
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartBeat:
    """``gap``: seconds since the one before; None: it is the first that is remembered."""

    at: float
    gap: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An incarnation that has ended under this leader, and why it was ended."""

    incarnation: int
    created: float | None
    ended: float
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drainable:
    """Whether the shard can be drained, as far as the counts tell; ``reason``: why not."""

    ok: bool
    reason: str
    ids: int
    to_shards: int
    each: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceDetail:
    """``deadline``: seconds of silence after which it is lost; None: beats do not decide.

    ``lane``: stages in their order, with their time.
    """

    instance: InstanceStatus
    node: str
    beats: tuple[HeartBeat, ...]
    interval: float
    deadline: float | None
    lane: tuple[tuple[str, float], ...]
    generation: int
    acknowledged: int | None
    previous: tuple[Past, ...]
    can_drain: Drainable
