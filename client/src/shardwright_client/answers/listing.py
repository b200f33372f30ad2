"""Lists of resources, page by page, and what a search finds."""

from __future__ import annotations

from typing import TypedDict


class Listed(TypedDict):
    """``state``: owned, arriving, moving, deleting, held, unowned, quarantined.

    ``to``: the shard that it is on its way to. ``since`` in seconds of the epoch, null where it is not known.
    """

    id: str
    shard: int | None
    to: int | None
    state: str
    since: float | None


class ListedPage(TypedDict):
    """In the order of their ids. ``next``: the cursor of the page that follows; null: this is the last.

    A page can be short, or empty, and have a next one. ``total``: how many there are in all pages; null:
    they are not counted.
    """

    items: list[Listed]
    next: str | None
    total: int | None


class FoundResource(TypedDict):
    """``state``: as in lists of resources."""

    kind: str
    id: str
    shard: int | None
    state: str
