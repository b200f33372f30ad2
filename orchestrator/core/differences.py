"""Compare the catalog with the store in full. Nothing is decided here: differences become hints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from orchestrator.core.view import View

STEP = 5_000
"""Ids handled between two pauses, so that nobody else waits long for the interpreter."""


@dataclass(slots=True, kw_only=True)
class Differences:
    """``missing``: in the catalog and nowhere in the store; ``surplus``: owned, and not in the catalog.

    ``doubled``: ids that stand in more than one place of the store.
    """

    catalog: int = 0
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def compare(view: View, listing: Sequence[str]) -> Iterator[Differences]:
    """Yields one and the same growing answer after each step; the last is the whole."""
    found = Differences(catalog=len(listing))
    index = view.index
    listed: set[str] = set()
    for start in range(0, len(listing), STEP):
        step = listing[start : start + STEP]
        listed.update(step)
        found.missing.extend(i for i in step if i not in index)
        yield found
    for shard in list(view.shards.values()):
        found.surplus.extend(i for i in shard.ids() if i not in listed)
        yield found
    found.doubled.extend(view.duplicates)
    yield found
