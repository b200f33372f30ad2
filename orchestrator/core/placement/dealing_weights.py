"""Many new ids that differ in nothing but their weight: the heaviest first, each to the least full shard.

Written out in one loop: half a million ids are dealt in a second or two.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from operator import sub

from orchestrator.core.draft import Draft
from orchestrator.core.load import padded
from orchestrator.core.model import Vector

Shares = dict[int, list[str]]
"""What each shard gets."""


def shares_by_weight(draft: Draft, ids: Sequence[str], most: int) -> tuple[Shares, list[str]]:
    """Who gets which of the ids, ``most`` of them at most; and those that no shard has room for."""
    dimensions = draft.dimensions
    # by shard: what it will own, the most of that which it has room for, one over its capacity
    owns: dict[int, list[int]] = {}
    limits: dict[int, Vector] = {}
    share_of_one: dict[int, list[float]] = {}
    heap: list[tuple[float, int]] = []
    for shard in draft.active():
        load, number = draft.load(shard.number), shard.number
        owns[number] = [sum(parts) for parts in zip(load.used, load.reserved, strict=True)]
        unbound = (1 << 62,) * (dimensions - len(shard.capacity))
        capacity = shard.capacity[:dimensions] + unbound
        limits[number] = tuple(map(sub, capacity, load.leaving))
        share_of_one[number] = [1 / most if most else float("inf") for most in capacity]
        heap.append((load.score(shard.capacity), number))
    heapq.heapify(heap)
    shares: Shares = {}
    left: list[str] = []
    by_weight: dict[Vector, list[str]] = {}
    # A loop of our own, and no sorting of all ids: either at one go holds the interpreter for long.
    for resource_id in ids:
        by_weight.setdefault(draft.weight(resource_id), []).append(resource_id)
    for weight in sorted(by_weight, reverse=True):
        alike = by_weight[weight]
        pair = list(enumerate(weight if len(weight) == dimensions else padded(weight, dimensions)))
        done = 0
        aside = []
        # a shard without room for one of them has none for the next
        while heap and done < most and done < len(alike):
            number = heap[0][1]
            owned, limit = owns[number], limits[number]
            for d, part in pair:
                if owned[d] + part > limit[d]:
                    aside.append(heapq.heappop(heap))
                    break
            else:
                one, full = share_of_one[number], 0.0
                for d, part in pair:
                    owned[d] += part
                    share = owned[d] * one[d]
                    if share > full:
                        full = share
                heapq.heapreplace(heap, (full, number))
                share_of = shares.get(number)
                if share_of is None:
                    shares[number] = [alike[done]]
                else:
                    share_of.append(alike[done])
                done += 1
        most -= done
        left += alike[done:]
        for rank in aside:
            heapq.heappush(heap, rank)
    return shares, left
