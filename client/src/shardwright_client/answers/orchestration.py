"""Orchestrations."""

from __future__ import annotations

from typing import TypedDict


class BeforeAfter(TypedDict):
    before: int
    after: int


class LoadSpan(TypedDict):
    """The smallest and the largest number of ids on a shard."""

    before: list[int]
    after: list[int]


PairOfShards = TypedDict("PairOfShards", {"from": int, "to": int, "count": int})


class Orchestration(TypedDict):
    """What an orchestration does, or would do when ``dryRun``."""

    planId: str | None
    dryRun: bool
    changed: bool
    resource: str
    count: int
    maxInstances: int
    resourcePerInstance: int
    shards: BeforeAfter
    moves: int
    movesByPair: list[PairOfShards]
    created: list[int]
    draining: list[int]
    held: int
    placed: int
    load: LoadSpan
    reason: str


class RunIn(TypedDict):
    """Where a resource runs; ``runIn`` null: nowhere, and ``reason`` says why.

    ``since`` (seconds of the epoch) and ``reason`` are read from the history only with ``?why=true``.
    """

    runIn: str | None
    shard: int | None
    incarnation: int | None
    state: str
    since: float | None
    reason: str | None
