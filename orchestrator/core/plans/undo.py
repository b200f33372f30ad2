"""The way back from a plan: its ids to where they came from, its shards and sizes to what they were."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.core.balance.rebalance import movable
from orchestrator.core.balance.reshape import capacity_of_size, resize, wake
from orchestrator.core.decisions import Move, Reason, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.load import padded
from orchestrator.core.model import Vector
from orchestrator.core.plans.figures import Stock, take_stock
from orchestrator.core.plans.proposal import Proposal, Sizes, Stays

SHOWN = 20

SENTENCES = {
    "deleted": "Deleted since; there is nothing to take back.",
    "moved-again": "Moved again by another since; they stay where they are.",
    "moving": "On their way just now; they stay where they arrive.",
    "shard-gone": "The shard that they came from is gone, or is being drained.",
    "no-room": "The shard that they came from has no room for them.",
}


@dataclass(slots=True, kw_only=True)
class WayBack:
    """``evacuated``: ids that only leave a shard that goes; the others go back to where they came from."""

    sizes: Sizes
    stock: Stock
    moves: list[Move] = field(default_factory=list)
    evacuated: int = 0
    already: int = 0
    created: tuple[int, ...] = ()
    draining: tuple[int, ...] = ()
    reactivated: tuple[int, ...] = ()
    stays: tuple[Stays, ...] = ()


def way_back(draft: Draft, proposal: Proposal, moves: Sequence[Move]) -> WayBack | Refused:
    """Reshape the draft as it was before the plan, and find the moves. The draft is not to be committed."""
    back = _shape(draft, proposal)
    if not draft.active():
        return Refused(
            detail=f"Before plan {proposal.number} there were no shards to take anything back to.",
            reasons=("Orchestrate the kind with other sizes instead.",),
        )
    rooms = _Rooms(draft, back.stock)
    stays: dict[str, list[str]] = {}
    for move in moves:
        why = _goes_back(draft, rooms, move, back)
        if why:
            stays.setdefault(why, []).append(move.id)
    homeless = _evacuate(draft, rooms, back)
    if homeless:
        return Refused(
            detail=f"{homeless} ids of the shards that would go have no room in those that would be left.",
            reasons=("Ids were created since the plan was applied; orchestrate the kind instead.",),
        )
    back.stays = tuple(
        Stays(reason=why, sentence=SENTENCES[why], count=len(ids), ids=tuple(ids[:SHOWN]))
        for why, ids in sorted(stays.items())
    )
    return back


def _shape(draft: Draft, proposal: Proposal) -> WayBack:
    numbers = set(draft.numbers())
    active = {shard.number for shard in draft.active()}
    former = dict(proposal.former_capacities)
    draining = tuple(n for n in sorted((*proposal.created, *proposal.reactivated)) if n in active)
    created = tuple(n for n in proposal.draining if n not in numbers)
    reactivated = tuple(n for n in proposal.draining if n in numbers - active)
    for number in draining:
        draft.drain(number, Reason.ORCHESTRATED)
    wake(draft, reactivated, Reason.ORCHESTRATED)
    for number in created:
        capacity = former.get(number, capacity_of_size(draft, proposal.before))
        draft.create(number, capacity, Reason.ORCHESTRATED)
    resize(draft, {n: capacity for n, capacity in former.items() if n not in draining})
    many = len(draft.active())
    sizes = Sizes(
        shards=many,
        max_instances=max(proposal.before.max_instances, many),
        resource_per_instance=proposal.before.resource_per_instance,
    )
    return WayBack(
        created=created, draining=draining, reactivated=reactivated, sizes=sizes, stock=take_stock(draft)
    )


def _goes_back(draft: Draft, rooms: _Rooms, move: Move, back: WayBack) -> str:
    """Why the id does not; empty when it does, or need not."""
    place = draft.place_of(move.id)
    if place is None:
        return "deleted"
    if not draft.is_owned(move.id):
        return "moving"
    if place.shard == move.source:
        back.already += 1
        return ""
    if place.shard != move.target:
        return "moved-again"
    home = draft.shard(move.source)
    if home is None or not home.is_active:
        return "shard-gone"
    if not rooms.take(move.source, move.id):
        return "no-room"
    back.moves.append(Move(move.id, move.target, move.source))
    return ""


def _evacuate(draft: Draft, rooms: _Rooms, back: WayBack) -> int:
    """Give every other id of a shard that goes a place; how many get none."""
    listed = {move.id for move in back.moves}
    homeless = 0
    for shard in draft.shards():
        if shard.is_active:
            continue
        for resource_id in movable(draft, shard):
            if resource_id in listed:
                continue
            target = rooms.choose(resource_id)
            if target is None:
                homeless += 1
                continue
            back.moves.append(Move(resource_id, shard.number, target))
            back.evacuated += 1
    return homeless


class _Rooms:
    """What the shards that stay will hold, as ids are promised to them."""

    def __init__(self, draft: Draft, stock: Stock) -> None:
        self._draft = draft
        self._load = {number: list(stock.expected[number]) for number in stock.active}
        self._capacity = {number: stock.capacity[number] for number in stock.active}
        self._heap = [(self._share(number), number) for number in stock.active]
        heapq.heapify(self._heap)

    def take(self, number: int, resource_id: str) -> bool:
        weight = self._weight(resource_id)
        load, capacity = self._load[number], self._capacity[number]
        if any(part + w > most for part, w, most in zip(load, weight, capacity, strict=False)):
            return False
        for dimension, part in enumerate(weight):
            load[dimension] += part
        return True

    def choose(self, resource_id: str) -> int | None:
        """The emptiest shard that has room for the id, which it takes."""
        passed: list[tuple[float, int]] = []
        chosen = None
        while self._heap and chosen is None:
            share, number = heapq.heappop(self._heap)
            if share < self._share(number):
                # it has taken some since it was put there
                heapq.heappush(self._heap, (self._share(number), number))
            elif self.take(number, resource_id):
                chosen = number
                passed.append((self._share(number), number))
            else:
                passed.append((share, number))
        for one in passed:
            heapq.heappush(self._heap, one)
        return chosen

    def _share(self, number: int) -> float:
        load, capacity = self._load[number], self._capacity[number]
        return max((p / most if most else float("inf")) for p, most in zip(load, capacity, strict=False))

    def _weight(self, resource_id: str) -> Vector:
        return padded(self._draft.weight(resource_id), self._draft.dimensions)
