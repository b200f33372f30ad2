"""One resource, and removals."""

from __future__ import annotations

from pydantic import Field

from api.shapes.base import Shape, Text, Wish
from api.shapes.kind import HeldShape


class ResourceShape(Shape):
    """Who owns an id, since when (seconds of the epoch) and why."""

    kind: Text
    id: Text
    state: str
    shard: int | None
    run_in: Text | None
    incarnation: int | None
    generation: int | None
    acknowledged: int | None
    to: int | None
    since: float | None
    reason: Text
    detail: Text
    in_catalog: bool | None


class ResourcesShape(Shape):
    items: tuple[ResourceShape, ...]
    next: None = None


class RemovalsShape(Shape):
    """The removals of a kind that wait for a person, or null."""

    held: HeldShape | None


class AcceptWish(Wish):
    """Names exactly the set that was shown."""

    digest: str = Field(min_length=1, max_length=200, description="the digest that was shown")
    count: int = Field(ge=0, le=2**53, description="the number of ids that was shown, 0 or more")


class PlaceWish(Wish):
    """Names the place that was shown."""

    instead_of: str = Field(min_length=1, max_length=1000, description="the place that was shown")


class PlaceShape(Shape):
    """Where the instances of a kind run, as the store says now."""

    kind: Text
    place: Text


class FenceWish(Wish):
    """Names exactly the instance that was shown."""

    uid: str = Field(min_length=1, max_length=200, description="the UID that was shown")


class FencedShape(Shape):
    """The runtime has forgotten the instance; the shard gets its next one."""

    kind: Text
    shard: int
    uid: Text


class AcceptedShape(Shape):
    released: int


class ResyncedShape(Shape):
    """``resynced`` is true: catalog and store were compared after the request came in."""

    kind: Text
    resynced: bool
