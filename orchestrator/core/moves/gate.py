"""Asks the move policy of a kind about one move after the other, and remembers what has to wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from orchestrator.core.moves.policy import MovePolicy, WaitCode, Waiting, may_move
from orchestrator.core.traits import Labels


class Recent(Protocol):
    """What is known of the moves of the last 24 hours."""

    def times(self, resource_id: str) -> Sequence[float]:
        """When the id was moved, wall clock seconds, the latest last."""

    def warming(self) -> Collection[str]:
        """The ids on their way to a new owner, or with one that has yet to acknowledge them."""


LabelsOf = Callable[[str], Labels]


class MoveGate:
    """For one plan. ``held``: how many times an id was kept from moving, by code; ``first``: what ends first
    of that which kept them.
    """

    def __init__(self, policy: MovePolicy, labels: LabelsOf, recent: Recent, *, wall: float) -> None:
        self.policy = policy
        self.held: dict[WaitCode, int] = {}
        self.first: Waiting | None = None
        self._labels = labels
        self._recent = recent
        self._wall = wall
        self._warming = [0] * len(policy.rules)
        everywhere = tuple(rule for rule in policy.rules if not rule.labels)
        self._closed = may_move(MovePolicy(rules=everywhere), (), wall=wall)
        if any(rule.warming is not None for rule in policy.rules):
            for resource_id in recent.warming():
                self._count(resource_id)

    @property
    def is_waiting(self) -> bool:
        """Whether some wanted move will be allowed later."""
        return any(code is not WaitCode.NEVER for code in self.held)

    def sentence(self) -> str:
        """What waits and why, for people; empty: nothing does."""
        if not self.held:
            return ""
        counts = ", ".join(f"{code.value} {count}" for code, count in sorted(self.held.items()))
        first = "" if self.first is None else f" {self.first.sentence}"
        return f"The move policy keeps ids where they are that would be moved ({counts}).{first}"

    def waiting(self, resource_id: str) -> Waiting | None:
        """What keeps the id from moving now; it is not counted as wanted."""
        return may_move(
            self.policy,
            self._labels(resource_id),
            wall=self._wall,
            moved_at=self._recent.times(resource_id),
            warming=self._warming,
        )

    def lets(self, resource_id: str) -> bool:
        """Whether a move that is wanted may begin; what keeps it is remembered."""
        kept = self.waiting(resource_id)
        if kept is not None:
            self._hold(kept)
        return kept is None

    def admits(self, resource_id: str) -> bool:
        """As ``lets``; where it does, the id counts as on its way."""
        if self.lets(resource_id):
            self._count(resource_id)
            return True
        return False

    def let_through(self, ids: Iterable[str]) -> Iterator[str]:
        """Those of a shard's ids that may move; none are counted as on their way."""
        if self._closed is not None:
            self._hold(self._closed)
            return iter(())
        return filter(self.lets, ids)

    def bars(self, resource_id: str) -> bool:
        """Whether the id is never to be moved."""
        return any(rule.never for rule in self.policy.covering(self._labels(resource_id)))

    def choose(self, ids: Iterable[str], count: int) -> list[str]:
        """The first so many of the ids that may move, the cheapest first; they count as on their way."""
        if self._closed is not None:
            self._hold(self._closed)
            return []
        ordered: Iterable[str] = ids
        if any(rule.cost for rule in self.policy.rules):
            ordered = sorted(ids, key=self.cost)
        return list(islice(filter(self.admits, ordered), count))

    def begun(self, *ids: str) -> None:
        """These are on their way though nobody was asked."""
        for resource_id in ids:
            self._count(resource_id)

    def cost(self, resource_id: str) -> int:
        return self.policy.cost(self._labels(resource_id))

    def _hold(self, kept: Waiting) -> None:
        self.held[kept.code] = self.held.get(kept.code, 0) + 1
        if kept.code is not WaitCode.NEVER and (self.first is None or _ends(kept) < _ends(self.first)):
            self.first = kept

    def _count(self, resource_id: str) -> None:
        labels = self._labels(resource_id)
        for number, rule in enumerate(self.policy.rules):
            if rule.covers(labels):
                self._warming[number] += 1


def _ends(waiting: Waiting) -> float:
    return float("inf") if waiting.until is None else waiting.until


class _NothingMoved:
    def times(self, resource_id: str) -> Sequence[float]:
        return ()

    def warming(self) -> Collection[str]:
        return ()


def lasting(policy: MovePolicy, labels: LabelsOf) -> MoveGate | None:
    """What of the policy says whether an id moves at all, and which is the cheapest; not when."""
    rules = [replace(rule, per_day=None, quiet=(), warming=None) for rule in policy.rules]
    kept = MovePolicy(rules=tuple(rule for rule in rules if rule.never or rule.cost))
    return MoveGate(kept, labels, _NothingMoved(), wall=0.0) if kept.rules else None
