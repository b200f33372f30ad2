"""One shard in full, its instance, and what is on its way between shards."""

from __future__ import annotations

from typing import TypedDict

from shardwright_client.answers.kind import Shard


class MoveOut(TypedDict):
    """``to`` null: these were deleted."""

    to: int | None
    count: int


MoveIn = TypedDict("MoveIn", {"from": int, "count": int})


class ShardDetail(Shard):
    """A shard with what is on its way from it and to it, not yet let go of or not yet acknowledged.

    ``oldestWait``: seconds for which the oldest of that has been on the way; null: nothing is, or it is not
    known since when.
    """

    movesOut: list[MoveOut]
    movesIn: list[MoveIn]
    oldestWait: float | None


Flow = TypedDict("Flow", {"from": int, "to": int, "releasing": int, "acquiring": int})


class Moves(TypedDict):
    """``inFlight``: ids that no shard owns for now, of ``budget`` at most. ``slowestAck`` in seconds."""

    inFlight: int
    budget: int
    items: list[Flow]
    slowestAck: float | None


class Heard(TypedDict):
    """``at`` in seconds of the epoch; ``gap``: seconds since the one before, null: none is remembered."""

    at: float
    gap: float | None


class LaneStage(TypedDict):
    """``stage``: created, running, firstBeat, serving, late, lost, replaced."""

    stage: str
    at: float


class PastInstance(TypedDict):
    """An incarnation that has ended while this leader led; times in seconds of the epoch."""

    incarnation: int
    created: float | None
    ended: float
    reason: str
    detail: str


class CanDrain(TypedDict):
    """Whether the shard can be drained as far as counts tell; ``reason``: why not.

    ``each``: about how many of its ``ids`` each of ``toShards`` others gets.
    """

    ok: bool
    reason: str
    ids: int
    toShards: int
    each: int


class InstanceDetail(TypedDict):
    """The instance of a shard, as far as this leader has seen it; times in seconds of the epoch.

    ``interval`` and ``deadline``: seconds between two beats, and of silence after which it is lost; null:
    beats do not decide. ``node``: empty where the runtime has one machine, or it is not known.
    """

    kind: str
    shard: int
    name: str
    incarnation: int
    uid: str
    node: str
    phase: str
    state: str
    health: str
    since: float | None
    beatAge: float | None
    detail: str
    beats: list[Heard]
    interval: float
    deadline: float | None
    lane: list[LaneStage]
    generation: int
    acknowledged: int | None
    previous: list[PastInstance]
    canDrain: CanDrain


class Drained(TypedDict):
    """``each``: about how many of ``ids`` each of ``toShards`` others gets.

    ``dryRun``: nothing was changed.
    """

    kind: str
    shard: int
    dryRun: bool
    ids: int
    toShards: int
    each: int


class Undrained(TypedDict):
    """The shard stays with the ``ids`` that it still has. ``dryRun``: nothing was changed."""

    kind: str
    shard: int
    dryRun: bool
    ids: int
