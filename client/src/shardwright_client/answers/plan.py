"""Numbered plans."""

from __future__ import annotations

from typing import TypedDict

from shardwright_client.answers.orchestration import BeforeAfter, PairOfShards


class Spread(TypedDict):
    """One dimension over the active shards; ``ratio``: the fullest as a multiple of the mean."""

    dimension: str
    min: int
    mean: float
    max: int
    ratio: float


class Balance(TypedDict):
    before: list[Spread]
    after: list[Spread]


class Peak(TypedDict):
    """The most that may weigh on a shard on the way, by dimension; ``over``: more than it holds."""

    shard: int
    load: list[int]
    capacity: list[int]
    over: bool


class HandOff(TypedDict):
    """Seconds in all and for one. ``basis``: measured (of ``samples`` hand-offs) or limits."""

    seconds: float
    each: float
    atOnce: int
    basis: str
    samples: int


class Limit(TypedDict):
    code: str
    sentence: str


class Stays(TypedDict):
    """Ids that are not taken back, and why; ``ids`` names some of ``count``."""

    reason: str
    sentence: str
    count: int
    ids: list[str]


class Progress(TypedDict):
    """Where the moves stand; the sum is ``moves``."""

    done: int
    moving: int
    waiting: int
    failed: int
    dropped: int


class Sizes(TypedDict):
    maxInstances: int
    resourcePerInstance: int


class SizesBeforeAfter(TypedDict):
    before: Sizes
    after: Sizes


class PlanSummary(TypedDict):
    """``stage``: proposed, expired, applied, paused, done, cancelled or superseded.

    ``undoes``: the plan that this one takes back. Times are seconds of the epoch.
    """

    kind: str
    plan: int
    planId: str
    stage: str
    madeAt: float
    madeBy: str
    stageAt: float
    stageBy: str
    expiresAt: float | None
    note: str
    undoes: int | None
    count: int
    shards: BeforeAfter
    moves: int
    new: int
    cost: int
    progress: Progress


class Plan(PlanSummary):
    """All of a plan but the ids that it moves."""

    sizes: SizesBeforeAfter
    movesByPair: list[PairOfShards]
    created: list[int]
    draining: list[int]
    reactivated: list[int]
    balance: Balance
    peaks: list[Peak]
    handOff: HandOff
    limits: list[Limit]
    stays: list[Stays]
    remarks: list[str]


Move = TypedDict("Move", {"id": str, "from": int, "to": int})


class Pausing(TypedDict):
    kind: str
    paused: bool
