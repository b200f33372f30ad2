"""What the facade answers of the layout of the store, and of who can work with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaLayouts:
    """A replica that leads or may lead, and the layouts that it knows. ``holder`` empty: not said."""

    holder: str
    url: str
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutStatus:
    """``layout``: what all of the store has; ``next``: what it is being converted to; None: nothing is.

    ``oldest``, ``newest``: what this program reads and writes. ``can_finalize``: whether there is a newer
    layout to convert the store to, and every replica knows it; ``why``: a sentence about that.
    """

    layout: int
    next: int | None
    oldest: int
    newest: int
    replicas: Sequence[ReplicaLayouts]
    can_finalize: bool
    why: str
