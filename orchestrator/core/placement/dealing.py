"""Many new ids at once, each to the shard that will be the least full of those that its rules allow."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard
from orchestrator.core.placement.rules import Demands
from orchestrator.core.ranking import Rank
from orchestrator.core.traits import label

Key = tuple[tuple[str, str | None], ...]
"""Labels that a shard must have; None: must not have at all."""


class Dealing:
    """Ids are booked on the draft as they are dealt, so that each sees what went before; ``write`` writes
    them to their shards. A shard only gets fuller meanwhile, so heaps of ranks are mended when they are read.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._scores: dict[int, float] = {}
        self._shards: dict[int, Shard] = {}
        for shard in draft.active():
            self._shards[shard.number] = shard
            self._scores[shard.number] = draft.load(shard.number).score(shard.capacity)
        self._heaps: dict[Key, list[Rank]] = {}
        self._refused: set[tuple[object, ...]] = set()
        spread = draft.policy.rules.spread
        self._over = spread.over if spread else ""
        self._by = spread.by if spread else ""
        self._domains = {label(shard.labels, self._over) for shard in self._shards.values()}
        self._spread: dict[str, Counter[str | None]] = {}
        self._shares: dict[int, list[str]] = {}

    def deal(self, ids: Iterable[str], most: int) -> list[str]:
        """Book up to ``most`` of the ids; returns those that no shard takes."""
        left = []
        for resource_id in ids:
            number = self._pick(resource_id) if most > 0 else None
            if number is None:
                left.append(resource_id)
                continue
            most -= 1
            self._book(resource_id, number)
        return left

    def write(self, reason: Reason, shards_a_transaction: int) -> None:
        """Write what was dealt, so many shards in each transaction."""
        for position, (number, share) in enumerate(self._shares.items()):
            if position and position % shards_a_transaction == 0:
                self._draft.cut()
            self._draft.assign(number, share, reason, is_booked=True)
        self._shares = {}

    def _book(self, resource_id: str, number: int) -> None:
        self._draft.book(number, resource_id)
        self._scores[number] = self._draft.load(number).score(self._shards[number].capacity)
        self._shares.setdefault(number, []).append(resource_id)
        if self._by and (value := label(self._draft.labels(resource_id), self._by)) is not None:
            domain = label(self._shards[number].labels, self._over)
            self._spread.setdefault(value, Counter())[domain] += 1

    def _pick(self, resource_id: str) -> int | None:
        draft = self._draft
        labels, weight = draft.labels(resource_id), draft.weight(resource_id)
        demands = Demands(draft, resource_id, spread=self._spread)
        # what one id of the kind did not fit, the next like it does not fit either: shards only get fuller
        alike = (weight, labels, demands.pin, demands.quarantined)
        if alike in self._refused:
            return None
        number = self._allowed(demands)
        if number is None:
            self._refused.add(alike)
        return number

    def _allowed(self, demands: Demands) -> int | None:
        only = demands.homes() if demands.pin is None else [demands.pin]
        if only is not None:
            ranks = sorted((self._scores[n], n) for n in only if n in self._scores)
            return next((n for _, n in ranks if demands.forbids(self._shards[n]) is None), None)
        key: Key = tuple((shard_name, value) for _, shard_name, value in demands.needs)
        counts = demands.domains
        if counts is None:
            return self._first(demands, key)
        for domain in sorted(self._domains, key=lambda one: (counts.get(one, 0), one or "")):
            number = self._first(demands, (*key, (self._over, domain)))
            if number is not None:
                return number
        return None

    def _first(self, demands: Demands, key: Key) -> int | None:
        """The least full shard with these labels that takes the id."""
        heap = self._heaps.get(key)
        if heap is None:
            heap = self._heaps[key] = [(s, n) for n, s in self._scores.items() if self._has(n, key)]
            heapq.heapify(heap)
        aside: list[Rank] = []
        found: int | None = None
        while heap:
            score, number = heap[0]
            current = self._scores[number]
            if score != current:
                heapq.heapreplace(heap, (current, number))
                continue
            if demands.forbids(self._shards[number]) is None:
                found = number
                break
            aside.append(heapq.heappop(heap))
        for rank in aside:
            heapq.heappush(heap, rank)
        return found

    def _has(self, number: int, key: Key) -> bool:
        labels = self._shards[number].labels
        return all(label(labels, name) == value for name, value in key)
