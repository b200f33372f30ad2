"""Which shards hold ids of one value of a label: what rules about ids that belong together ask.

An id counts on the shard where it stands, released or not, and on the one that it is on its way to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.core.traits import Labels

Held = Mapping[int, int]
"""How many ids of one group each shard holds; no shard that holds none."""

NONE_HELD: Held = {}


class Groups:
    """``watched``: the labels of which groups are kept."""

    __slots__ = ("_held", "watched")

    def __init__(self, watched: Iterable[str] = ()) -> None:
        self.watched = frozenset(watched)
        self._held: dict[str, dict[str, dict[int, int]]] = {name: {} for name in self.watched}

    def count(self, labels: Labels, shard: int, sign: int) -> None:
        """One id with these labels came to the shard, or left it."""
        for name, value in labels:
            groups = self._held.get(name)
            if groups is None:
                continue
            held = groups.setdefault(value, {})
            left = held.get(shard, 0) + sign
            if left:
                held[shard] = left
            else:
                held.pop(shard, None)
                if not held:
                    del groups[value]

    def held(self, name: str, value: str) -> Held:
        """Who holds ids whose label has this value."""
        return self._held.get(name, {}).get(value, NONE_HELD)

    def values(self, name: str) -> Mapping[str, Held]:
        """The groups of one label that somebody holds."""
        return self._held.get(name, {})


def together(beneath: Held, change: Held) -> Held:
    """What is held when the change is made."""
    if not change:
        return beneath
    merged = dict(beneath)
    for shard, more in change.items():
        left = merged.get(shard, 0) + more
        if left:
            merged[shard] = left
        else:
            merged.pop(shard, None)
    return merged
