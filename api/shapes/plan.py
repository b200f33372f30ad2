"""Numbered plans on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.shapes.base import Shape, Text, Wish
from api.shapes.orchestration import BeforeAfter, OrchestrationWish, PairOfShards
from orchestrator.core.decisions import Move
from orchestrator.core.plans.proposal import MAX_NOTE, Proposal, Sizes, Spread
from orchestrator.engine.answers.plans import PlanMoves, PlanStatus


class PlanWish(OrchestrationWish):
    """The body of a plan: that of an orchestration, and a note for whoever reviews it."""

    note: str | None = Field(
        default=None, max_length=MAX_NOTE, description=f"text of at most {MAX_NOTE} characters"
    )


class ApplyWish(Wish):
    """``override``: the id of the plan again, typed by whoever goes beyond the limits, and why."""

    override: str | None = Field(
        default=None, min_length=1, max_length=40, description="the id of this plan, such as p-7"
    )
    reason: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_NOTE,
        description=f"text of 1 to {MAX_NOTE} characters, for the journal",
    )


class UndoWish(Wish):
    note: str | None = Field(
        default=None, max_length=MAX_NOTE, description=f"text of at most {MAX_NOTE} characters"
    )


class SpreadShape(Shape):
    """One dimension over the active shards; ``ratio``: the fullest as a multiple of the mean."""

    dimension: Text
    min: int
    mean: float
    max: int
    ratio: float


class BalanceShape(Shape):
    before: tuple[SpreadShape, ...]
    after: tuple[SpreadShape, ...]


class PeakShape(Shape):
    """The most that may weigh on a shard on the way, by dimension; ``over``: more than it holds."""

    shard: int
    load: tuple[int, ...]
    capacity: tuple[int, ...]
    over: bool


class HandOffShape(Shape):
    """Seconds in all and for one. ``basis``: measured (of ``samples`` hand-offs) or limits."""

    seconds: float
    each: float
    at_once: int
    basis: str
    samples: int


class LimitShape(Shape):
    code: str
    sentence: Text


class StaysShape(Shape):
    """Ids that are not taken back, and why; ``ids`` names some of ``count``."""

    reason: str
    sentence: Text
    count: int
    ids: tuple[Text, ...]


class ProgressShape(Shape):
    """Where the moves stand; the sum is ``moves``."""

    done: int
    moving: int
    waiting: int
    failed: int
    dropped: int


class SizesShape(Shape):
    max_instances: int
    resource_per_instance: int


class SizesBeforeAfter(Shape):
    before: SizesShape
    after: SizesShape


class PlanSummaryShape(Shape):
    """``stage``: proposed, expired, applied, paused, done, cancelled or superseded.

    ``undoes``: the plan that this one takes back. Times are seconds of the epoch.
    """

    kind: Text
    plan: int
    plan_id: Text
    stage: str
    made_at: float
    made_by: Text
    stage_at: float
    stage_by: Text
    expires_at: float | None
    note: Text
    undoes: int | None
    count: int
    shards: BeforeAfter
    moves: int
    new: int
    cost: int
    progress: ProgressShape


class PlanShape(PlanSummaryShape):
    """All of a plan but the ids that it moves."""

    sizes: SizesBeforeAfter
    moves_by_pair: tuple[PairOfShards, ...]
    created: tuple[int, ...]
    draining: tuple[int, ...]
    reactivated: tuple[int, ...]
    balance: BalanceShape
    peaks: tuple[PeakShape, ...]
    hand_off: HandOffShape
    limits: tuple[LimitShape, ...]
    stays: tuple[StaysShape, ...]
    remarks: tuple[Text, ...]


class PlansShape(Shape):
    items: tuple[PlanSummaryShape, ...]


class MoveShape(Shape):
    id: Text
    from_: int = Field(alias="from")
    to: int


class PlanMovesShape(Shape):
    """``next``: the cursor of the rest, null where there is none."""

    items: tuple[MoveShape, ...]
    next: str | None


class PausingShape(Shape):
    kind: Text
    paused: bool


def summary(status: PlanStatus) -> PlanSummaryShape:
    return PlanSummaryShape(**_summary(status))


def describe(status: PlanStatus) -> PlanShape:
    plan = status.proposal
    return PlanShape(
        **_summary(status),
        sizes=SizesBeforeAfter(before=_sizes(plan.before), after=_sizes(plan.after)),
        moves_by_pair=tuple(
            PairOfShards.of({"from": source, "to": to, "count": count}) for source, to, count in plan.pairs
        ),
        created=plan.created,
        draining=plan.draining,
        reactivated=plan.reactivated,
        balance=BalanceShape(
            before=tuple(map(_spread, plan.spread_before)), after=tuple(map(_spread, plan.spread_after))
        ),
        peaks=tuple(
            PeakShape(shard=peak.shard, load=peak.load, capacity=peak.capacity, over=peak.is_over)
            for peak in plan.peaks
        ),
        hand_off=HandOffShape.of(plan.hand_off),
        limits=tuple(map(LimitShape.of, plan.limits)),
        stays=tuple(map(StaysShape.of, plan.stays)),
        remarks=plan.remarks,
    )


def moves_shape(found: PlanMoves) -> PlanMovesShape:
    return PlanMovesShape(
        items=tuple(map(_move, found.moves)), next=None if found.next is None else str(found.next)
    )


def _move(move: Move) -> MoveShape:
    return MoveShape.of({"id": move.id, "from": move.source, "to": move.target})


def _summary(status: PlanStatus) -> dict[str, Any]:
    plan: Proposal = status.proposal
    return {
        "kind": status.kind,
        "plan": plan.number,
        "plan_id": plan.id,
        "stage": status.stage,
        "made_at": plan.made_at,
        "made_by": plan.actor,
        "stage_at": plan.stage_at,
        "stage_by": plan.stage_actor,
        "expires_at": status.expires_at,
        "note": plan.note,
        "undoes": plan.undoes,
        "count": plan.count,
        "shards": BeforeAfter(before=plan.before.shards, after=plan.after.shards),
        "moves": plan.moves,
        "new": plan.new,
        "cost": plan.cost,
        "progress": ProgressShape.of(status.tally),
    }


def _sizes(sizes: Sizes) -> SizesShape:
    return SizesShape(max_instances=sizes.max_instances, resource_per_instance=sizes.resource_per_instance)


def _spread(one: Spread) -> SpreadShape:
    return SpreadShape(
        dimension=one.dimension, min=one.least, mean=one.mean, max=one.most, ratio=round(one.ratio, 4)
    )
