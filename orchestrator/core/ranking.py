"""The active shards, the least full first, kept step by step: an event costs what it touches.

Planners in other threads read it while the engine changes it after a commit: they copy ``order`` once.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter

from orchestrator.core.load import Load
from orchestrator.core.model import Labels, Shard, Vector

Rank = tuple[float, int]
"""How full a shard will be, and its number."""


class Ranking:
    """``room``: how many more ids of weight one all active shards may be given together.

    ``capacities``: how many active shards hold so much; ``draining``: the numbers of the others.
    """

    __slots__ = ("_domains", "_known", "capacities", "draining", "order", "room")

    def __init__(self) -> None:
        self.order: list[Rank] = []
        self.room = 0
        self.capacities: Counter[Vector] = Counter()
        self.draining: set[int] = set()
        self._known: dict[int, tuple[Rank, int, Vector, Labels]] = {}
        self._domains: Counter[tuple[str, str]] = Counter()

    def put(self, shard: Shard, load: Load) -> None:
        """Take over what became of the shard."""
        capacity = shard.capacity
        rank = (load.score(capacity), shard.number)
        room = max(0, load.room(capacity))
        known = self._known.get(shard.number)
        if known == (rank, room, capacity, shard.labels) and shard.is_active:
            return
        self.drop(shard.number)
        if not shard.is_active:
            self.draining.add(shard.number)
            return
        self._known[shard.number] = (rank, room, capacity, shard.labels)
        self._domains.update(shard.labels)
        insort(self.order, rank)
        self.room += room
        self.capacities[capacity] += 1

    def drop(self, number: int) -> None:
        """The shard is no more."""
        self.draining.discard(number)
        known = self._known.pop(number, None)
        if known is None:
            return
        rank, room, capacity, labels = known
        self._domains.subtract(labels)
        del self.order[bisect_left(self.order, rank)]
        self.room -= room
        self.capacities[capacity] -= 1
        if not self.capacities[capacity]:
            del self.capacities[capacity]

    def domains(self, name: str) -> list[str | None]:
        """The values that this label has on active shards; None where some have no such label."""
        found: list[str | None] = [
            v for (key, v), count in self._domains.items() if key == name and count > 0
        ]
        labelled = sum(count for (key, _), count in self._domains.items() if key == name)
        return [*found, None] if labelled < len(self.order) else found

    def room_of(self, number: int) -> int:
        """How many more ids of weight one an active shard may be given; none on any other."""
        known = self._known.get(number)
        return 0 if known is None else known[1]
