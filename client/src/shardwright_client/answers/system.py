"""The server as a whole, its instances and its history."""

from __future__ import annotations

from typing import Any, TypedDict

from shardwright_client.answers.kind import Kind


class Instance(TypedDict):
    """One instance; ``beatAge`` in seconds, ``since`` in seconds of the epoch."""

    kind: str
    shard: int
    name: str
    incarnation: int
    state: str
    phase: str
    health: str
    uid: str
    since: float | None
    beatAge: float | None
    detail: str


class Logs(TypedDict):
    """Lines that an instance wrote, oldest first, each cut at 8,192 bytes.

    ``next``: as ``after`` it asks for what was written since; null: nothing has been written. ``complete``:
    false where more was written since ``after`` than could be read, or it is not known where it ended:
    then these are the last lines.
    """

    kind: str
    shard: int
    items: list[str]
    next: str | None
    complete: bool


class Event(TypedDict):
    """One line of the journal; ``ids`` holds at most 128 of ``count``, ``at`` is seconds of the epoch."""

    sequence: int
    at: float
    kind: str
    verb: str
    reason: str
    shard: int | None
    to: int | None
    count: int
    ids: list[str]
    detail: str
    op: str
    actor: str
    data: dict[str, Any]


class Events(TypedDict):
    """Newest first; ``next`` is the ``before`` of the page that follows."""

    items: list[Event]
    next: int | None


class Dependency(TypedDict):
    """``ok`` null: not known yet; ``age``: seconds since it answered; ``effect``: what stops without it."""

    name: str
    ok: bool | None
    detail: str
    age: float | None
    effect: str


class Standing(TypedDict):
    """Whether a server leads, and who else does; ``since`` in seconds of the epoch, ``age`` in seconds.

    ``role``: leader or follower; ``leads``: it is in no doubt about it. ``age`` null: as of now.
    """

    role: str
    holder: str
    leads: bool
    leader: str
    url: str
    epoch: int | None
    since: float
    age: float | None
    why: str


class Overview(TypedDict):
    """Everything that the first page shows. ``stale``: nobody leads; ``standing.age`` says how old it is."""

    version: str
    holder: str
    leader: bool
    epoch: int | None
    standing: Standing
    stale: bool
    startedAt: float
    ready: bool
    dependencies: list[Dependency]
    kinds: list[Kind]
    counters: dict[str, int]


class Ready(TypedDict):
    """Programs read the status only; ``dependencies`` and ``standing`` with ``?verbose``."""

    ready: bool
    dependencies: list[Dependency] | None
    standing: Standing | None
