"""Ids that are set apart."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.shapes.base import Shape, Text, Wish

LONGEST_S = 30 * 24 * 3600


class QuarantinedShape(Shape):
    """One id; ``since``, ``until`` and ``tried`` in seconds of the epoch.

    ``tried``: since when it is placed again, to be watched; null: it is placed nowhere.
    """

    id: Text
    since: float
    until: float
    by: Text
    evidence: tuple[Text, ...]
    times: int
    tried: float | None


class QuarantineShape(Shape):
    items: tuple[QuarantinedShape, ...]
    next: None = None


class QuarantineWish(Wish):
    """For how long, and why; both may be left out."""

    seconds: Annotated[int | float, Field(ge=1, le=LONGEST_S)] | None = Field(
        default=None, description=f"1 to {LONGEST_S}, or null for the kind's own time"
    )
    why: str = Field(default="", max_length=200, description="at most 200 characters")


class LiftedShape(Shape):
    """This id is set apart no more."""

    kind: Text
    id: Text
