"""One shard in full, its instance from beginning to end, and what is on its way between shards."""

from __future__ import annotations

from pydantic import Field

from api.shapes.base import Shape, Text
from api.shapes.kind import ShardShape
from orchestrator.engine.answers.instance import (
    Drainable,
    Flow,
    InstanceDetail,
    MovesStatus,
    ShardDetail,
)


class MoveOutShape(Shape):
    """``to`` null: these were deleted."""

    to: int | None
    count: int


class MoveInShape(Shape):
    from_: int = Field(alias="from")
    count: int


class ShardDetailShape(ShardShape):
    """A shard with what is on its way from it and to it, not yet let go of or not yet acknowledged.

    ``oldestWait``: seconds for which the oldest of that has been on the way; null: nothing is, or it is not
    known since when.
    """

    moves_out: tuple[MoveOutShape, ...]
    moves_in: tuple[MoveInShape, ...]
    oldest_wait: float | None


class FlowShape(Shape):
    """``releasing``: yet to be let go of; ``acquiring``: handed over, and not yet acknowledged."""

    from_: int = Field(alias="from")
    to: int
    releasing: int
    acquiring: int


class MovesShape(Shape):
    """``inFlight``: ids that no shard owns for now, of ``budget`` at most. ``slowestAck`` in seconds."""

    in_flight: int
    budget: int
    items: tuple[FlowShape, ...]
    slowest_ack: float | None


class HeardShape(Shape):
    """``at`` in seconds of the epoch; ``gap``: seconds since the one before, null: none is remembered."""

    at: float
    gap: float | None


class StageShape(Shape):
    """``stage``: created, running, firstBeat, serving, late, lost, replaced."""

    stage: str
    at: float


class PastShape(Shape):
    """An incarnation that has ended while this leader led; times in seconds of the epoch."""

    incarnation: int
    created: float | None
    ended: float
    reason: str
    detail: Text


class CanDrainShape(Shape):
    """Whether the shard can be drained as far as counts tell; ``reason``: why not.

    ``each``: about how many of its ``ids`` each of ``toShards`` others gets.
    """

    ok: bool
    reason: Text
    ids: int
    to_shards: int
    each: int


class InstanceDetailShape(Shape):
    """The instance of a shard, as far as this leader has seen it; times in seconds of the epoch.

    ``interval`` and ``deadline``: seconds between two beats, and of silence after which it is lost; null:
    beats do not decide. ``node``: empty where the runtime has one machine, or it is not known.
    """

    kind: Text
    shard: int
    name: Text
    incarnation: int
    uid: Text
    node: Text
    phase: str
    state: str
    health: str
    since: float | None
    beat_age: float | None
    detail: Text
    beats: tuple[HeardShape, ...] = Field(max_length=60)
    interval: float
    deadline: float | None
    lane: tuple[StageShape, ...]
    generation: int
    acknowledged: int | None
    previous: tuple[PastShape, ...]
    can_drain: CanDrainShape


class DrainedShape(Shape):
    """``each``: about how many of ``ids`` each of ``toShards`` others gets.

    ``dryRun``: nothing was changed.
    """

    kind: Text
    shard: int
    dry_run: bool
    ids: int
    to_shards: int
    each: int


class UndrainedShape(Shape):
    """The shard stays with the ``ids`` that it still has. ``dryRun``: nothing was changed."""

    kind: Text
    shard: int
    dry_run: bool
    ids: int


def shard_shape(found: ShardDetail) -> ShardDetailShape:
    number = found.shard.number
    known = {name: getattr(found.shard, name) for name in ShardShape.model_fields}
    return ShardDetailShape(
        **known,
        moves_out=tuple(
            MoveOutShape(to=one.to, count=_under_way(one)) for one in found.flows if one.source == number
        ),
        moves_in=tuple(
            MoveInShape.model_validate({"from": one.source, "count": _under_way(one)})
            for one in found.flows
            if one.to == number
        ),
        oldest_wait=max((one.oldest for one in found.flows if one.oldest is not None), default=None),
    )


def moves_shape(found: MovesStatus) -> MovesShape:
    return MovesShape(
        in_flight=found.in_flight,
        budget=found.budget,
        items=tuple(
            FlowShape.model_validate(
                {"from": one.source, "to": one.to, "releasing": one.releasing, "acquiring": one.acquiring}
            )
            for one in found.items
            if one.to is not None
        ),
        slowest_ack=found.slowest,
    )


def instance_shape(found: InstanceDetail) -> InstanceDetailShape:
    one = found.instance
    names = ("kind", "shard", "name", "incarnation", "uid", "phase", "state", "health", "since", "beat_age")
    return InstanceDetailShape(
        **{name: getattr(one, name) for name in names},
        detail=one.detail,
        node=found.node,
        beats=tuple(HeardShape.of(beat) for beat in found.beats),
        interval=found.interval,
        deadline=found.deadline,
        lane=tuple(StageShape(stage=stage, at=at) for stage, at in found.lane),
        generation=found.generation,
        acknowledged=found.acknowledged,
        previous=tuple(PastShape.of(past) for past in found.previous),
        can_drain=CanDrainShape.of(found.can_drain),
    )


def drained_shape(kind: str, shard: int, told: Drainable, *, dry_run: bool) -> DrainedShape:
    return DrainedShape(
        kind=kind, shard=shard, dry_run=dry_run, ids=told.ids, to_shards=told.to_shards, each=told.each
    )


def _under_way(flow: Flow) -> int:
    return flow.releasing + flow.acquiring
