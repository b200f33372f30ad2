"""Which shard gets a new id: the least loaded active one that has room.

Ids are dealt in blocks, so that a batch touches few shards while the spread of active shards stays
within max(1, 2% of the mean) (docs/architecture.md).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence

from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard, Vector
from orchestrator.core.plan import Reason
from orchestrator.core.view import Load, add

SPREAD_RATIO = 0.02


def place(draft: Draft, ids: Sequence[str], reason: Reason, *, shards_a_transaction: int) -> list[str]:
    """Assign ids that stand nowhere, adding shards where none has room; returns those without a place."""
    left = deal(draft, ids, reason, shards_a_transaction=shards_a_transaction)
    while any(fits_new_shard(draft, i) for i in left):
        number = grow(draft)
        if number is None:
            break
        spare = max(0, spare_room(draft))
        left = place_on(draft, left[:spare], number, reason) + left[spare:]
    return left


def deal(draft: Draft, ids: Sequence[str], reason: Reason, *, shards_a_transaction: int) -> list[str]:
    """Assign ids that stand nowhere to the shards that there are; returns those without a place."""
    if draft.is_uniform:
        return _deal_uniform(draft, ids, reason, shards_a_transaction)
    return _deal_weighted(draft, ids, reason)


def place_on(draft: Draft, ids: Sequence[str], number: int, reason: Reason) -> list[str]:
    """Assign as many of the ids to this shard as fit; returns the others."""
    fit, left = fitting(draft, ids, number)
    if fit:
        draft.assign(number, fit, reason)
    return left


def fitting(draft: Draft, ids: Sequence[str], number: int) -> tuple[Sequence[str], list[str]]:
    """Those of the ids for which the shard has room together, and the others."""
    capacity = draft.existing(number).capacity
    if draft.is_uniform:
        room = max(0, draft.load(number).room(capacity))
        return ids[:room], list(ids[room:])
    load = draft.load(number).copy()
    fit, left = [], []
    for resource_id in ids:
        weight = draft.weight(resource_id)
        if load.fits(weight, capacity):
            add(load.used, weight, 1)
            fit.append(resource_id)
        else:
            left.append(resource_id)
    return fit, left


def spare_room(draft: Draft) -> int:
    """Ids of weight one that may still be admitted: what draining shards hold has a claim on the room."""
    rooms, claimed = _rooms(draft)
    return sum(rooms.values()) - claimed


def _rooms(draft: Draft) -> tuple[dict[int, int], int]:
    """The room of each active shard that has any, and how much of it draining shards have a claim on."""
    rooms: dict[int, int] = {}
    claimed = 0
    for shard in draft.shards():
        load = draft.load(shard.number)
        if not shard.is_active:
            claimed += load.used[0] + _homeless(draft, shard)
        elif (room := load.room(shard.capacity)) > 0:
            rooms[shard.number] = room
    return rooms, claimed


def _homeless(draft: Draft, draining: Shard) -> int:
    """Ids leaving a draining shard towards one that takes none any more, so that no room is kept for them."""
    if not draft.load(draining.number).leaving[0]:
        return 0
    targets = {entry.to for _, entry in draining.entries() if entry.to is not None}
    closed = {to for to in targets if (shard := draft.shard(to)) is None or not shard.is_active}
    return sum(len(entry.ids) for _, entry in draining.entries() if entry.to in closed)


def least_loaded(
    draft: Draft, weight: Vector, *, other_than: int | None = None, among: Collection[int] | None = None
) -> int | None:
    """The active shard with room for the weight that will be the least full; the lowest number at a tie."""
    best: tuple[float, int] | None = None
    for shard in draft.active():
        load = draft.load(shard.number)
        if among is not None and shard.number not in among:
            continue
        if shard.number != other_than and load.fits(weight, shard.capacity):
            score = (load.score(shard.capacity), shard.number)
            best = score if best is None else min(best, score)
    return None if best is None else best[1]


def capacity_of(draft: Draft) -> Vector:
    """What a new shard of the kind holds."""
    return (draft.state.resource_per_instance, *draft.policy.extra_capacity)


def fits_new_shard(draft: Draft, resource_id: str) -> bool:
    """Whether an empty shard would have room for the id."""
    return Load.empty(draft.dimensions).fits(draft.weight(resource_id), capacity_of(draft))


def grow(draft: Draft) -> int | None:
    """Add the lowest free shard number, unless the number of active shards is at its maximum."""
    active = draft.active()
    if len(active) >= draft.state.max_instances or draft.state.paused:
        return None
    number = lowest_free(draft)
    draft.create(number, capacity_of(draft), Reason.GROWN)
    draft.amend_state(shards=max(draft.state.shards, len(active) + 1))
    return number


def lowest_free(draft: Draft) -> int:
    taken = set(draft.numbers())
    number = 0
    while number in taken:
        number += 1
    return number


def _deal_uniform(draft: Draft, ids: Sequence[str], reason: Reason, shards_a_transaction: int) -> list[str]:
    rooms, claimed = _rooms(draft)
    spare = max(0, sum(rooms.values()) - claimed)
    todo, left = ids[:spare], list(ids[spare:])
    heap = [(draft.load(number).expected, number) for number in rooms]
    if not heap:
        return list(ids)
    heapq.heapify(heap)
    mean = (sum(expected for expected, _ in heap) + len(todo)) / len(heap)
    tolerance = max(1, int(mean * SPREAD_RATIO))
    shares: dict[int, list[str]] = {}
    done = 0
    while done < len(todo) and heap:
        expected, number = heapq.heappop(heap)
        lowest_other = heap[0][0] if heap else expected + rooms[number]
        block = todo[done : done + min(rooms[number], max(1, lowest_other + tolerance - expected))]
        shares.setdefault(number, []).extend(block)
        rooms[number] -= len(block)
        done += len(block)
        if rooms[number]:
            heapq.heappush(heap, (expected + len(block), number))
    for position, (number, share) in enumerate(shares.items()):
        if position and position % shards_a_transaction == 0:
            draft.cut()
        draft.assign(number, share, reason)
    return list(todo[done:]) + left


def _deal_weighted(draft: Draft, ids: Sequence[str], reason: Reason) -> list[str]:
    """The heaviest first, each to the shard that will be the least full."""
    left = []
    spare = spare_room(draft)
    for resource_id in sorted(ids, key=lambda i: (tuple(-w for w in draft.weight(i)), i)):
        number = least_loaded(draft, draft.weight(resource_id)) if spare > 0 else None
        if number is None:
            left.append(resource_id)
        else:
            draft.assign(number, [resource_id], reason)
            spare -= 1
    return left
