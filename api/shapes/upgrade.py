"""The layout of the store, and who works with it."""

from __future__ import annotations

from api.shapes.base import Shape, Text


class ReplicaLayoutsShape(Shape):
    """A replica that leads or may lead, and the layouts that it knows; ``holder`` empty: not said."""

    holder: Text
    url: Text
    oldest: int
    newest: int


class StoreLayoutShape(Shape):
    """``next``: what the store is being converted to; null: nothing is. ``oldest``, ``newest``: of the server
    that answers. ``canFinalize``: whether the store may be converted to ``newest``; ``why``: a sentence.
    """

    layout: int
    next: int | None
    oldest: int
    newest: int
    replicas: tuple[ReplicaLayoutsShape, ...]
    can_finalize: bool
    why: Text
