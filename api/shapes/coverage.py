"""Coverage: who is served by nobody, or by two, and how long new resources take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.shapes.base import Shape, Text
from api.shapes.resource import ResourceShape
from api.shapes.system import EventShape
from orchestrator.engine.answers.coverage import CoverageStatus
from orchestrator.engine.answers.explanation import Explanation

Seconds = Annotated[float, Field(ge=0)]


class WorstShape(Shape):
    """One resource, or those of a whole shard (``id`` empty). ``state`` empty: it is over."""

    id: Text
    shard: int | None
    count: int
    state: str
    for_s: Seconds
    total_s: Seconds
    why: Text


class StageShape(Shape):
    """One stage on the way from an event to its owner; ``buckets``: upper bound and number, cumulative.

    The bound null: however long.
    """

    stage: str
    count: int
    sum_s: Seconds
    p50_s: Seconds | None
    p99_s: Seconds | None
    longest_s: Seconds
    buckets: tuple[tuple[float | None, int], ...]


class LatencyShape(Shape):
    """``counted``: of this kind's messages; ``numbering``: of all messages that are numbered."""

    in_flight: int
    stages: tuple[StageShape, ...]
    counted: dict[str, int]
    numbering: dict[str, int]


class CoverageShape(Shape):
    """Catalog, store and instances held against each other, since this leader took office.

    ``...Seconds`` are sums over ids; ``unknown``: it is not known whether somebody serves them.
    """

    kind: Text
    acknowledged: bool
    watched_s: Seconds
    store: int
    unowned: int
    unknown: int
    double_owned: int
    unowned_seconds: Seconds
    unknown_seconds: Seconds
    double_owned_seconds: Seconds
    unnamed: int
    catalog_age: Seconds | None
    catalog_trouble: Text
    alarm_after: Seconds
    alarms: tuple[Text, ...]
    window_s: Seconds
    worst: tuple[WorstShape, ...]
    worst_in_window: tuple[WorstShape, ...]
    latency: LatencyShape


class OpinionShape(Shape):
    """What the rules say of one shard. ``code``: of what forbids it; ``score``: the lower, the better."""

    shard: int
    role: str
    code: str
    sentence: Text
    score: float | None


class WaitShape(Shape):
    """What keeps a move waiting. ``forS``: for how long; ``until``: seconds of the epoch."""

    code: str
    sentence: Text
    for_s: Seconds | None
    until: float | None


class WeightShape(Shape):
    """What a resource weighs in one dimension. ``reported``: by its instance; else its row says so."""

    name: str
    value: int
    reported: bool


class ExplanationShape(Shape):
    """Why a resource is where it is, and not elsewhere. ``history``: newest first."""

    resource: ResourceShape
    shards: tuple[OpinionShape, ...]
    waits: tuple[WaitShape, ...]
    history: tuple[EventShape, ...]
    history_trouble: Text
    unserved_s: Seconds | None
    unserved_why: Text
    weights: tuple[WeightShape, ...] = ()


def coverage_shape(status: CoverageStatus) -> CoverageShape:
    stages = tuple(
        StageShape(
            stage=one.stage,
            count=one.count,
            sum_s=one.sum_s,
            p50_s=one.p50_s,
            p99_s=one.p99_s,
            longest_s=one.longest_s,
            buckets=tuple((None if bound == float("inf") else bound, many) for bound, many in one.buckets),
        )
        for one in status.latency.stages
    )
    latency = LatencyShape(
        in_flight=status.latency.in_flight,
        stages=stages,
        counted=dict(status.latency.counted),
        numbering=dict(status.latency.numbering),
    )
    fields = {name: getattr(status, name) for name in CoverageShape.model_fields if name != "latency"}
    shown = {name: tuple(WorstShape.of(one) for one in fields[name]) for name in ("worst", "worst_in_window")}
    return CoverageShape(**{**fields, **shown, "latency": latency})


def explanation_shape(found: Explanation) -> ExplanationShape:
    return ExplanationShape(
        resource=ResourceShape.of(found.resource),
        shards=tuple(OpinionShape.of(one) for one in found.shards),
        waits=tuple(WaitShape.of(one) for one in found.waits),
        history=tuple(EventShape.of(line) for line in found.history),
        history_trouble=found.history_trouble,
        unserved_s=found.unserved_s,
        unserved_why=found.unserved_why,
        weights=tuple(WeightShape.of(one) for one in found.weights),
    )
