"""The moves of a plan that is under way, as far as they have come, and the next of them.

A listed id moves at most once: one that is no more where it was to be taken from is dropped alone, one
that came back is not sent again. What has become of the list follows from the view, so a successor finds
the same from the papers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice

from orchestrator.core.balance.movable import is_forced
from orchestrator.core.decisions import Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard
from orchestrator.core.moves.gate import MoveGate
from orchestrator.core.placement.placement import fitting
from orchestrator.core.plans.figures import at_once
from orchestrator.core.plans.proposal import Tally
from orchestrator.core.view import View

Pair = tuple[int, int]


@dataclass(slots=True)
class Step:
    """What one step begins and leaves out, to be noted once it is committed."""

    begun: list[Move] = field(default_factory=list)
    dropped: list[Move] = field(default_factory=list)
    failed: list[Move] = field(default_factory=list)


class MoveQueue:
    """``tried``: ids that were begun under this leader, whatever the view says of them now."""

    def __init__(self, tried: Iterable[str] = ()) -> None:
        self.tried: set[str] = set(tried)
        self._waiting: dict[Pair, dict[str, None]] = {}
        self._moving: dict[str, Pair] = {}
        self._left = 0
        self._done = 0
        self._failed = 0
        self._dropped = 0

    @classmethod
    def of(cls, moves: Iterable[Move], view: View, tried: Iterable[str] = ()) -> MoveQueue:
        """As far as the view shows that they have come."""
        queue = cls(tried)
        for move in moves:
            queue._take_up(move, view)
        return queue

    @property
    def tally(self) -> Tally:
        return Tally(
            done=self._done,
            moving=len(self._moving),
            waiting=self._left,
            failed=self._failed,
            dropped=self._dropped,
        )

    @property
    def is_empty(self) -> bool:
        """Whether all that was to be begun has been, or was left out."""
        return not self._left

    def waiting(self) -> Iterable[tuple[Pair, Collection[str]]]:
        """The ids that have yet to be begun, by pair of shards, in their order."""
        return list(self._waiting.items())

    def note(self, step: Step) -> None:
        """A step was committed."""
        for move in step.begun:
            self._strike(move)
            self._moving[move.id] = (move.source, move.target)
            self.tried.add(move.id)
        for move in step.dropped:
            self._strike(move)
            self._dropped += 1
        for move in step.failed:
            self._strike(move)
            self._failed += 1

    def follow(self, view: View) -> None:
        """Take note of what has become of those under way."""
        for resource_id, (source, target) in list(self._moving.items()):
            place = view.index.get(resource_id)
            if place is None:
                self._dropped += 1
            elif not _is_owned(view, resource_id):
                if place.shard == source:
                    continue
                self._failed += 1
            elif place.shard == target:
                self._done += 1
            else:
                self._failed += 1
            del self._moving[resource_id]

    def _take_up(self, move: Move, view: View) -> None:
        place = view.index.get(move.id)
        if place is None:
            self._dropped += 1
        elif place.shard == move.source:
            if bound_for(view.shards[place.shard], place.chunk, move.id) == move.source:
                # it is let go of for a while, and comes back
                self._wait(move)
            elif not _is_owned(view, move.id):
                self._moving[move.id] = (move.source, move.target)
            elif move.id in self.tried:
                self._failed += 1
            else:
                self._wait(move)
        elif place.shard == move.target and _is_owned(view, move.id):
            self._done += 1
        elif bound_for(view.shards[place.shard], place.chunk, move.id) == move.source:
            # an earlier orchestration still brings it to where it is to be taken from
            self._wait(move)
        else:
            self._dropped += 1

    def _wait(self, move: Move) -> None:
        ids = self._waiting.setdefault((move.source, move.target), {})
        # a list that a hand wrote may name one twice
        self._left += move.id not in ids
        ids[move.id] = None

    def _strike(self, move: Move) -> None:
        pair = (move.source, move.target)
        ids = self._waiting[pair]
        del ids[move.id]
        self._left -= 1
        if not ids:
            del self._waiting[pair]


def next_moves(
    draft: Draft,
    queue: MoveQueue,
    awake: Collection[int] | None = None,
    coming: Collection[int] = (),
    gate: MoveGate | None = None,
) -> Step:
    """Release the next listed ids, within the limit of moves under way.

    ``awake``, ``coming``, ``gate``: as ``continue_rebalance`` takes them. Nothing is begun to a shard that
    does not answer; a draining shard does not wait for one that is not about to.
    """
    step = Step()
    budget = at_once(draft.policy, draft.total()) - draft.moving()
    for (source, target), ids in queue.waiting():
        if budget <= 0:
            break
        taker, giver = draft.shard(target), draft.shard(source)
        if giver is None or taker is None or not taker.is_active:
            step.dropped.extend(Move(i, source, target) for i in ids)
        elif awake is None or target in awake:
            budget -= _begin(draft, step, (source, target), ids, budget, gate)
        elif not giver.is_active and target not in coming:
            step.failed.extend(Move(i, source, target) for i in ids)
    return step


def give_up_blocked(draft: Draft, queue: MoveQueue, awake: Collection[int] | None) -> Step:
    """Leave out the moves for which there will be no room. Requires: nothing moves, nothing was begun."""
    step = Step()
    sources = {source for (source, _), _ in queue.waiting()}
    for (source, target), ids in queue.waiting():
        if (awake is None or target in awake) and target not in sources and not draft.load(target).leaving[0]:
            step.failed.extend(Move(i, source, target) for i in ids)
    return step


def _begin(
    draft: Draft, step: Step, pair: Pair, ids: Collection[str], budget: int, gate: MoveGate | None
) -> int:
    source, target = pair
    held_by = None if is_forced(draft, draft.existing(source)) else gate
    ready: list[str] = []
    for resource_id in ids:
        if len(ready) == budget:
            break
        place = draft.place_of(resource_id)
        is_there = place is not None and place.shard == source and draft.is_owned(resource_id)
        if not is_there or draft.is_doubled(resource_id):
            if place is None or bound_for(draft.existing(place.shard), place.chunk, resource_id) != source:
                # it is gone or being deleted, or was taken elsewhere by another hand
                step.dropped.append(Move(resource_id, source, target))
        elif held_by is None or held_by.admits(resource_id):
            ready.append(resource_id)
        elif held_by.bars(resource_id):
            step.failed.append(Move(resource_id, source, target))
    fit = list(islice(fitting(draft, ready, target)[0], budget))
    if fit:
        draft.release(source, fit, target, Reason.REBALANCED)
        step.begun.extend(Move(i, source, target) for i in fit)
        if gate is not None and held_by is None:
            gate.begun(*fit)
    return len(fit)


def bound_for(shard: Shard, chunk: int, resource_id: str) -> int | None:
    """Where an id of this chunk is on its way to; None where it is on none, or is being deleted."""
    for entry in shard.chunks[chunk].releasing:
        if resource_id in entry.ids:
            return entry.to
    return None


def _is_owned(view: View, resource_id: str) -> bool:
    place = view.index[resource_id]
    return resource_id in view.shards[place.shard].chunks[place.chunk].ids
