"""What the facade answers to those who page through resources, or look for one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Listed(StrEnum):
    """Where a resource stands in a list: the same words by which the counts of a kind are told."""

    OWNED = "owned"
    ARRIVING = "arriving"
    MOVING = "moving"
    DELETING = "deleting"
    HELD = "held"
    UNOWNED = "unowned"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResource:
    """``to``: where it is on its way to. ``since``: wall clock; None: not known here."""

    id: str
    state: Listed
    shard: int | None = None
    to: int | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """``after``: the id at which the page before ended. ``prefix``: the ids begin with it; empty: any."""

    kind: str
    shard: int | None = None
    state: Listed | None = None
    prefix: str = ""
    after: str | None = None
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePage:
    """Ids in order. ``next``: go on after this id; None: that was all.

    A page may be short, or empty, and yet have a next one. ``total``: None where it would have to be counted
    one by one.
    """

    items: tuple[ListedResource, ...]
    next: str | None
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundResource:
    """One that a search has found, in whichever kind."""

    kind: str
    id: str
    shard: int | None
    state: Listed
