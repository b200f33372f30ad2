"""Ids that are set apart."""

from __future__ import annotations

from typing import TypedDict


class Quarantined(TypedDict):
    """One id; ``since``, ``until`` and ``tried`` in seconds of the epoch.

    ``tried``: since when it is placed again, to be watched; null: it is placed nowhere.
    """

    id: str
    since: float
    until: float
    by: str
    evidence: list[str]
    times: int
    tried: float | None


class Lifted(TypedDict):
    """This id is set apart no more."""

    kind: str
    id: str
