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
    count: int = Field(ge=0, description="the number of ids that was shown, 0 or more")


class AcceptedShape(Shape):
    released: int


class ResyncedShape(Shape):
    """``resynced`` is true: catalog and store were compared after the request came in."""

    kind: Text
    resynced: bool
