"""How long hand-offs took under this leader: from the release of an id until it stood elsewhere."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from orchestrator.core.decisions import ShardChange
from orchestrator.core.model import Shard

KEPT = 256
"""The newest so many are looked at; ids that went in one transaction are one."""

Entries = Counter[tuple[int, int]]
"""Ids by generation and target."""


class HandOffs:
    def __init__(self) -> None:
        self._seconds: deque[tuple[float, int]] = deque(maxlen=KEPT)

    def note(self, change: ShardChange, seen: Mapping[int, float], now: float) -> None:
        """A shard changed. ``seen``: when this leader first saw its entries, by generation."""
        if change.before is None:
            return
        left = _entries(change.before)
        if change.after is not None:
            left.subtract(_entries(change.after))
        for (generation, _), count in left.items():
            if count > 0 and generation in seen:
                self._seconds.append((now - seen[generation], count))

    def middle(self) -> tuple[float, int] | None:
        """Seconds of the middle one, and how many ids were seen; None: none was."""
        total = sum(count for _, count in self._seconds)
        if not total:
            return None
        passed = 0
        for seconds, count in sorted(self._seconds):
            passed += count
            if 2 * passed >= total:
                return seconds, total
        return None


def _entries(shard: Shard) -> Entries:
    found: Entries = Counter()
    for _, entry in shard.entries():
        if entry.to is not None:
            found[entry.generation, entry.to] += len(entry.ids)
    return found
