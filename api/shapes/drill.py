"""Instances that are ended on purpose, and an office that is given up."""

from __future__ import annotations

from pydantic import Field

from api.shapes.base import Shape, Text, Wish

_MOST = 2**31 - 1


class RestartWish(Wish):
    """Names the instance, where only that one is meant."""

    incarnation: int | None = Field(default=None, ge=1, le=2**53, description="only this one; else whichever")


class KillWish(Wish):
    """Either shards, or the label that they share."""

    shards: list[int] | None = Field(
        default=None, min_length=1, max_length=1000, description="numbers of shards, 1 to 1,000 of them"
    )
    label: str | None = Field(default=None, min_length=1, max_length=200, description="such as zone")
    value: str | None = Field(default=None, min_length=1, max_length=200, description="of that label")


class StruckShape(Shape):
    """An instance that was asked to end; ``since``: seconds of the epoch."""

    kind: Text
    shard: int
    incarnation: int
    since: float


class StrucksShape(Shape):
    items: tuple[StruckShape, ...]


class RoomShape(Shape):
    """``resigned`` is true: this server gave its office up."""

    resigned: bool
    epoch: int | None
