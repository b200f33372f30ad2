"""Lists of resources, page by page, and what a search finds."""

from __future__ import annotations

from api.shapes.base import Shape, Text


class ListedShape(Shape):
    """``state``: owned, arriving, moving, deleting, held, unowned, quarantined.

    ``to``: the shard that it is on its way to. ``since`` in seconds of the epoch, null where it is not known.
    """

    id: Text
    shard: int | None
    to: int | None
    state: str
    since: float | None


class ListedPageShape(Shape):
    """In the order of their ids. ``next``: the cursor of the page that follows; null: this is the last.

    A page can be short, or empty, and have a next one. ``total``: how many there are in all pages; null:
    they are not counted.
    """

    items: tuple[ListedShape, ...]
    next: str | None
    total: int | None


class FoundShape(Shape):
    """``state``: as in lists of resources."""

    kind: Text
    id: Text
    shard: int | None
    state: str


class FoundsShape(Shape):
    """The id itself first, in every kind that has it; ``next`` is always null: ask for more of it."""

    items: tuple[FoundShape, ...]
    next: None = None
