"""One resource, and removals."""

from __future__ import annotations

from typing import TypedDict

from shardwright_client.answers.kind import Held


class Resource(TypedDict):
    """Who owns an id, since when (seconds of the epoch) and why."""

    kind: str
    id: str
    state: str
    shard: int | None
    runIn: str | None
    incarnation: int | None
    generation: int | None
    acknowledged: int | None
    to: int | None
    since: float | None
    reason: str
    detail: str
    inCatalog: bool | None


class Removals(TypedDict):
    """The removals of a kind that wait for a person, or null."""

    held: Held | None


class Place(TypedDict):
    """Where the instances of a kind run, as the store says now."""

    kind: str
    place: str


class Fenced(TypedDict):
    """The runtime has forgotten the instance; the shard gets its next one."""

    kind: str
    shard: int
    uid: str


class Accepted(TypedDict):
    released: int


class Resynced(TypedDict):
    """``resynced`` is true: catalog and store were compared after the request came in."""

    kind: str
    resynced: bool
