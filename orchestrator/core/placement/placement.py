"""Which shard gets a new id: the least loaded active one that has room.

Ids are dealt in blocks, so that a batch touches few shards while the spread of active shards stays
within max(1, 2% of the mean) (docs/architecture.md).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.load import add
from orchestrator.core.model import Shard, Vector
from orchestrator.core.placement.choosing import choose, least_loaded
from orchestrator.core.placement.dealing import Dealing
from orchestrator.core.placement.dealing_weights import shares_by_weight
from orchestrator.core.placement.growing import capacity_of, fits_new_shard, grow, lowest_free, refit
from orchestrator.core.placement.rules import Demands, is_ruled

__all__ = [
    "capacity_of",
    "choose",
    "deal",
    "fits_new_shard",
    "fitting",
    "grow",
    "least_loaded",
    "lowest_free",
    "place",
    "place_on",
    "refit",
    "spare_room",
]

SPREAD_RATIO = 0.02


def place(draft: Draft, ids: Sequence[str], reason: Reason, *, shards_a_transaction: int) -> list[str]:
    """Assign ids that stand nowhere, adding shards where none takes them; returns those without a place."""
    left = deal(draft, ids, reason, shards_a_transaction=shards_a_transaction)
    while left and (number := grow(draft, left)) is not None:
        spare = max(0, spare_room(draft))
        before = len(left)
        left = place_on(draft, left[:spare], number, reason) + left[spare:]
        if spare and len(left) == before:
            break
    return left


def deal(draft: Draft, ids: Sequence[str], reason: Reason, *, shards_a_transaction: int) -> list[str]:
    """Assign ids that stand nowhere to the shards that there are; returns those without a place."""
    if len(ids) == 1:
        return _deal_one(draft, ids[0], reason)
    if is_plain(draft):
        return _deal_uniform(draft, ids, reason, shards_a_transaction)
    if is_ruled(draft):
        return _deal_by_rules(draft, ids, reason, shards_a_transaction)
    shares, left = shares_by_weight(draft, ids, max(0, spare_room(draft)))
    for position, (number, share) in enumerate(shares.items()):
        if position and position % shards_a_transaction == 0:
            draft.cut()
        draft.assign(number, share, reason)
    return left


def _deal_by_rules(draft: Draft, ids: Sequence[str], reason: Reason, shards_a_transaction: int) -> list[str]:
    dealing = Dealing(draft)
    left = dealing.deal(sorted(ids, key=draft.weight, reverse=True), max(0, spare_room(draft)))
    dealing.write(reason, shards_a_transaction)
    return left


def is_plain(draft: Draft) -> bool:
    """Whether all ids are alike and all shards, too: no weights, no rules, one capacity."""
    if not draft.is_uniform or is_ruled(draft):
        return False
    touched = draft.touched()
    changed = {s.capacity for n in touched if (s := draft.shard(n)) is not None and s.is_active}
    return len(changed | draft.ranking.capacities.keys()) <= 1 or _is_reshaped(draft, changed)


def _is_reshaped(draft: Draft, changed: Collection[Vector]) -> bool:
    """Whether the draft itself has given all active shards one capacity."""
    return len(changed) == 1 and all(shard.capacity in changed for shard in draft.active())


def _deal_one(draft: Draft, resource_id: str, reason: Reason) -> list[str]:
    number = choose(draft, resource_id) if spare_room(draft) > 0 else None
    if number is None:
        return [resource_id]
    draft.assign(number, [resource_id], reason)
    return []


def place_on(draft: Draft, ids: Sequence[str], number: int, reason: Reason) -> list[str]:
    """Assign as many of the ids to this shard as fit; returns the others."""
    fit, left = fitting(draft, ids, number)
    if fit:
        draft.assign(number, fit, reason)
    return left


def fitting(draft: Draft, ids: Sequence[str], number: int) -> tuple[Sequence[str], list[str]]:
    """Those of the ids that the shard takes together, and the others."""
    shard = draft.existing(number)
    ruled = is_ruled(draft)
    if draft.is_uniform and not ruled:
        room = max(0, draft.load(number).room(shard.capacity))
        return ids[:room], list(ids[room:])
    load = draft.load(number).copy()
    fit: list[str] = []
    left: list[str] = []
    apart: set[tuple[str, str]] = set()
    for resource_id in ids:
        weight = draft.weight(resource_id)
        if load.fits(weight, shard.capacity) and (not ruled or _is_allowed(draft, resource_id, shard, apart)):
            add(load.used, weight, 1)
            fit.append(resource_id)
        else:
            left.append(resource_id)
    return fit, left


def _is_allowed(draft: Draft, resource_id: str, shard: Shard, apart: set[tuple[str, str]]) -> bool:
    """``apart``: what those that are to come to the shard before it are kept apart from; gets its own."""
    demands = Demands(draft, resource_id)
    if demands.bars(shard) is not None:
        return False
    own = {(group.label, group.value) for group in demands.parted}
    if own & apart:
        return False
    apart |= own
    return True


def spare_room(draft: Draft) -> int:
    """Ids of weight one that may still be admitted: what draining shards hold has a claim on the room."""
    ranking, touched = draft.ranking, draft.touched()
    room, claimed = ranking.room, 0
    for number in touched:
        room -= ranking.room_of(number)
        shard = draft.shard(number)
        if shard is None:
            continue
        if shard.is_active:
            room += max(0, draft.load(number).room(shard.capacity))
        else:
            claimed += _claim(draft, shard)
    for number in list(ranking.draining):
        if number not in touched:
            claimed += _claim(draft, draft.existing(number))
    return room - claimed


def _claim(draft: Draft, draining: Shard) -> int:
    return draft.load(draining.number).used[0] + _homeless(draft, draining)


def _rooms(draft: Draft) -> tuple[dict[int, int], int]:
    """The room of each active shard that has any, and how much of it draining shards have a claim on."""
    rooms: dict[int, int] = {}
    claimed = 0
    for shard in draft.shards():
        load = draft.load(shard.number)
        if not shard.is_active:
            claimed += _claim(draft, shard)
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
