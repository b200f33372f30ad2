"""The layout of the store, as the server answers it."""

from __future__ import annotations

from typing import TypedDict


class ReplicaLayouts(TypedDict):
    holder: str
    url: str
    oldest: int
    newest: int


class StoreLayout(TypedDict):
    """``next`` None: nothing is being converted. ``canFinalize``: whether it may be, and ``why``."""

    layout: int
    next: int | None
    oldest: int
    newest: int
    replicas: list[ReplicaLayouts]
    canFinalize: bool
    why: str
