"""Who is served by nobody, or by two; why a resource is where it is."""

from __future__ import annotations

from typing import TypedDict

from shardwright_client.answers.resource import Resource
from shardwright_client.answers.system import Event


class Worst(TypedDict):
    """One resource, or those of a whole shard (``id`` empty). ``state`` empty: it is over."""

    id: str
    shard: int | None
    count: int
    state: str
    forS: float
    totalS: float
    why: str


class Stage(TypedDict):
    """One stage on the way from an event to its owner; ``buckets``: upper bound and number, cumulative.

    The bound null: however long.
    """

    stage: str
    count: int
    sumS: float
    p50S: float | None
    p99S: float | None
    longestS: float
    buckets: list[list[float | int | None]]


class Latency(TypedDict):
    """``counted``: of this kind's messages; ``numbering``: of all messages that are numbered."""

    inFlight: int
    stages: list[Stage]
    counted: dict[str, int]
    numbering: dict[str, int]


class Coverage(TypedDict):
    """Catalog, store and instances held against each other, since this leader took office.

    ``...Seconds`` are sums over ids; ``unknown``: it is not known whether somebody serves them.
    """

    kind: str
    acknowledged: bool
    watchedS: float
    store: int
    unowned: int
    unknown: int
    doubleOwned: int
    unownedSeconds: float
    unknownSeconds: float
    doubleOwnedSeconds: float
    unnamed: int
    catalogAge: float | None
    catalogTrouble: str
    alarmAfter: float
    alarms: list[str]
    windowS: float
    worst: list[Worst]
    worstInWindow: list[Worst]
    latency: Latency


class Opinion(TypedDict):
    """What the rules say of one shard. ``code``: of what forbids it; ``score``: the lower, the better."""

    shard: int
    role: str
    code: str
    sentence: str
    score: float | None


class Wait(TypedDict):
    """What keeps a move waiting. ``forS``: for how long; ``until``: seconds of the epoch."""

    code: str
    sentence: str
    forS: float | None
    until: float | None


class Weight(TypedDict):
    """What a resource weighs in one dimension. ``reported``: by its instance; else its row says so."""

    name: str
    value: int
    reported: bool


class Explanation(TypedDict):
    """Why a resource is where it is, and not elsewhere. ``history``: newest first."""

    resource: Resource
    shards: list[Opinion]
    waits: list[Wait]
    history: list[Event]
    historyTrouble: str
    unservedS: float | None
    unservedWhy: str
    weights: list[Weight]
