"""The server as a whole, its instances and its history."""

from __future__ import annotations

from typing import Any

from api.shapes.base import Shape, Text
from api.shapes.kind import KindShape, describe
from orchestrator.engine.answers import Overview


class InstanceShape(Shape):
    """One instance; ``beatAge`` in seconds, ``since`` in seconds of the epoch."""

    kind: Text
    shard: int
    name: Text
    incarnation: int
    state: str
    phase: str
    health: str
    uid: Text
    since: float | None
    beat_age: float | None
    detail: Text


class InstancesShape(Shape):
    items: tuple[InstanceShape, ...]
    next: None = None


class LogsShape(Shape):
    """Lines that an instance wrote, oldest first, each cut at 8,192 bytes.

    ``next``: as ``after`` it asks for what was written since; null: nothing has been written. ``complete``:
    false where more was written since ``after`` than could be read, or it is not known where it ended:
    then these are the last lines.
    """

    kind: Text
    shard: int
    items: tuple[Text, ...]
    next: str | None = None
    complete: bool = True


class EventShape(Shape):
    """One line of the journal; ``ids`` holds at most 128 of ``count``, ``at`` is seconds of the epoch."""

    sequence: int
    at: float
    kind: Text
    verb: str
    reason: str
    shard: int | None
    to: int | None
    count: int
    ids: tuple[Text, ...]
    detail: Text
    op: str
    actor: Text
    data: dict[str, Any]


class EventsShape(Shape):
    """Newest first; ``next`` is the ``before`` of the page that follows."""

    items: tuple[EventShape, ...]
    next: int | None


class DependencyShape(Shape):
    """``ok`` null: not known yet; ``age``: seconds since it answered; ``effect``: what stops without it."""

    name: str
    ok: bool | None
    detail: Text
    age: float | None
    effect: Text


class StandingShape(Shape):
    """Whether a server leads, and who else does; ``since`` in seconds of the epoch, ``age`` in seconds.

    ``role``: leader or follower; ``leads``: it is in no doubt about it. ``age`` null: as of now.
    """

    role: str
    holder: Text
    leads: bool
    leader: Text
    url: Text
    epoch: int | None
    since: float
    age: float | None
    why: Text


class OverviewShape(Shape):
    """Everything that the first page shows. ``stale``: nobody leads; ``standing.age`` says how old it is."""

    version: str
    holder: Text
    leader: bool
    epoch: int | None
    standing: StandingShape
    stale: bool
    started_at: float
    ready: bool
    dependencies: tuple[DependencyShape, ...]
    kinds: tuple[KindShape, ...]
    counters: dict[str, int]


class ReadyShape(Shape):
    """Programs read the status only; ``dependencies`` and ``standing`` with ``?verbose``."""

    ready: bool
    dependencies: tuple[DependencyShape, ...] | None = None
    standing: StandingShape | None = None


class LiveShape(Shape):
    live: bool


def overview_shape(overview: Overview, audit_bound: float) -> OverviewShape:
    return OverviewShape(
        version=overview.version,
        holder=overview.holder,
        leader=overview.leader,
        epoch=overview.epoch,
        standing=StandingShape.of(overview.standing),
        stale=not overview.standing.leads,
        started_at=overview.started_at,
        ready=overview.ready,
        dependencies=tuple(DependencyShape.of(one) for one in overview.dependencies),
        kinds=tuple(describe(kind, audit_bound) for kind in overview.kinds),
        counters=dict(overview.counters),
    )


class MalformedShape(Shape):
    """A message that was no notification: why, and how it began (bytes that are no text are escaped)."""

    detail: Text
    head: Text


class MalformedsShape(Shape):
    """The latest of them, oldest first; ``next`` is always null: they are few."""

    items: tuple[MalformedShape, ...]
    next: None = None


class MalformedBeatsShape(Shape):
    """A sentence each, oldest first; ``next`` is always null: they are few."""

    items: tuple[Text, ...]
    next: None = None
