"""What a shard was given, and its instance has not acknowledged yet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from orchestrator.core.coverage.cover import Cover


@dataclass(slots=True)
class Arrival:
    """What a shard was given at one generation and has not acknowledged. ``left``: those that went again.

    ``known``: of its ids those that are named in the accounts, and were before.
    """

    generation: int
    since: float
    ids: frozenset[str]
    known: tuple[str, ...]
    left: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.ids) - len(self.left)

    def __contains__(self, resource_id: str) -> bool:
        return resource_id in self.ids and resource_id not in self.left


@dataclass(slots=True)
class Serving:
    """How a shard stands, and what is on its way to it, the oldest first."""

    cover: Cover = Cover.COVERED
    arriving: deque[Arrival] = field(default_factory=deque)

    def arrival(self, resource_id: str) -> Arrival | None:
        return next((one for one in self.arriving if resource_id in one), None)
