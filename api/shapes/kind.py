"""Kinds and their shards."""

from __future__ import annotations

from enum import StrEnum

from api.shapes.base import Shape, Text
from orchestrator.engine.answers import KindStatus


class Verdict(StrEnum):
    """Does every resource have its owner? ``unknown`` wherever that is not proven."""

    YES = "yes"
    MOVING = "moving"
    NO = "no"
    UNKNOWN = "unknown"


def verdict_of(kind: KindStatus, audit_bound: float) -> Verdict:
    """Green is earned: only a complete audit younger than ``audit_bound`` seconds proves ownership."""
    counts = kind.counts
    if counts.unowned or counts.quarantined:
        return Verdict.NO
    if counts.catalog is None or kind.audited_age is None or kind.audited_age > audit_bound:
        return Verdict.UNKNOWN
    return Verdict.MOVING if counts.arriving or counts.moving else Verdict.YES


class CountsShape(Shape):
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


class ShardShape(Shape):
    """One shard with its instance; ``beatAge`` in seconds, ``since`` in seconds of the epoch.

    ``capacity``: what it holds by dimension; ``bounds``: those of it that a person set.
    """

    kind: Text
    number: int
    name: Text
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
    load: dict[str, int]
    detail: Text
    labels: dict[str, Text]
    capacity: dict[str, int]
    bounds: dict[str, int]


class HeldShape(Shape):
    """Removals that wait for a person, named by ``digest``."""

    digest: str
    count: int
    reason: Text
    sample: tuple[Text, ...]
    since: float


class UnplacedShape(Shape):
    """An id that nothing owns, and why."""

    id: Text
    reason: str
    detail: Text


class KindSummary(Shape):
    """A kind without its shards; ``auditedAge`` in seconds.

    ``age``: seconds for which this may be out of date, since nobody leads; null: it is so now.
    ``place``: where its instances run, as the store says; empty: it does not. ``placeHere``: where those of
    the leader would, when the store names another place; empty else. ``sizing``: the other number of shards
    that the load asks for; empty: none. ``movesWaiting``: which wanted moves the move policy keeps waiting;
    empty: none.
    """

    kind: Text
    verdict: Verdict
    instance_name: Text
    protocol: str
    exclusive: bool
    ready: bool
    paused: bool
    orchestrating: bool
    plan_id: str | None
    commit: int
    shards_wanted: int
    init_instances: int
    max_instances: int
    resource_per_instance: int
    counts: CountsShape
    held: HeldShape | None
    audited_age: float | None
    alarms: tuple[Text, ...]
    place: Text
    place_here: Text
    age: float | None
    sizing: Text
    moves_waiting: Text


class KindShape(KindSummary):
    """A kind with its shards and with the ids that nothing owns."""

    shards: tuple[ShardShape, ...]
    unplaced: tuple[UnplacedShape, ...]


class KindsShape(Shape):
    items: tuple[KindSummary, ...]
    next: None = None


class ShardsShape(Shape):
    items: tuple[ShardShape, ...]
    next: None = None


def summarise(kind: KindStatus, audit_bound: float) -> KindSummary:
    return KindSummary.of(_judged(kind, KindSummary, audit_bound))


def describe(kind: KindStatus, audit_bound: float) -> KindShape:
    return KindShape.of(_judged(kind, KindShape, audit_bound))


def _judged(kind: KindStatus, shape: type[KindSummary], audit_bound: float) -> dict[str, object]:
    values = {name: getattr(kind, name) for name in shape.model_fields if name != "verdict"}
    return values | {"verdict": verdict_of(kind, audit_bound)}
