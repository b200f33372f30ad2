"""Pins, and what a person sets of a shard."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.shapes.base import Shape, Text, Wish

MOST = 10**15


class PinnedShape(Shape):
    """One pinned id. ``state``: held, moving, waiting, orphaned; ``detail`` says why."""

    id: Text
    shard: int
    state: str
    detail: Text


class PinsShape(Shape):
    items: tuple[PinnedShape, ...]
    next: None = None


class UnpinnedShape(Shape):
    """This id is pinned no more."""

    kind: Text
    id: Text


class PinWish(Wish):
    """The shard that is to own it, and no other."""

    shard: Annotated[int, Field(ge=0, le=99_999)] = Field(description="0 to 99999")


class ShardWish(Wish):
    """Labels and bounds to change; null takes one away. What is not named stays."""

    labels: dict[str, str | None] = Field(default_factory=dict, description="texts by name, or null")
    capacity: dict[str, Annotated[int, Field(ge=0, le=MOST)] | None] = Field(
        default_factory=dict, description=f"0 to {MOST} by dimension, or null"
    )
