"""Kinds and their shards."""

from __future__ import annotations

from typing import Literal, TypedDict


class Counts(TypedDict):
    """``catalog`` is the sum of owned, arriving, moving, unowned and quarantined; null is unknown.

    ``quarantined``: unowned on purpose.
    """

    catalog: int | None
    owned: int
    arriving: int
    moving: int
    held: int
    unowned: int
    deleting: int
    quarantined: int


class Shard(TypedDict):
    """One shard with its instance; ``beatAge`` in seconds, ``since`` in seconds of the epoch.

    ``capacity``: what it holds by dimension; ``bounds``: those of it that a person set.
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
    beatAge: float | None
    since: float | None
    load: dict[str, int]
    detail: str
    labels: dict[str, str]
    capacity: dict[str, int]
    bounds: dict[str, int]


class Held(TypedDict):
    """Removals that wait for a person, named by ``digest``."""

    digest: str
    count: int
    reason: str
    sample: list[str]
    since: float


class Unplaced(TypedDict):
    """An id that nothing owns, and why."""

    id: str
    reason: str
    detail: str


class KindSummary(TypedDict):
    """A kind without its shards; ``auditedAge`` in seconds.

    ``age``: seconds for which this may be out of date, since nobody leads; null: it is so now.
    ``place``: where its instances run, as the store says; empty: it does not. ``placeHere``: where those of
    the leader would, when the store names another place; empty else. ``sizing``: the other number of shards
    that the load asks for; empty: none. ``movesWaiting``: which wanted moves the move policy keeps waiting;
    empty: none.
    """

    kind: str
    verdict: Literal["yes", "moving", "no", "unknown"]
    instanceName: str
    protocol: str
    exclusive: bool
    ready: bool
    paused: bool
    orchestrating: bool
    planId: str | None
    commit: int
    shardsWanted: int
    initInstances: int
    maxInstances: int
    resourcePerInstance: int
    counts: Counts
    held: Held | None
    auditedAge: float | None
    alarms: list[str]
    place: str
    placeHere: str
    age: float | None
    sizing: str
    movesWaiting: str


class Kind(KindSummary):
    """A kind with its shards and with the ids that nothing owns."""

    shards: list[Shard]
    unplaced: list[Unplaced]
