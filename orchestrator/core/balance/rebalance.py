"""Taking an orchestration to its goal: who gives how many ids to whom, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from orchestrator.core.balance.corrections import put_right
from orchestrator.core.balance.levelling import continue_level
from orchestrator.core.balance.movable import is_forced, movable
from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Rebalance, Shard
from orchestrator.core.moves.gate import MoveGate
from orchestrator.core.placement.choosing import choose, least_loaded
from orchestrator.core.placement.placement import fitting
from orchestrator.core.placement.rules import Demands, is_ruled, pins_of
from orchestrator.core.plans.figures import at_once

__all__ = ["NOTHING", "Moves", "continue_rebalance", "deficit", "movable", "pair_moves", "surplus"]

Moves = tuple[tuple[int, int, int], ...]
"""From, to, how many."""

NOTHING: Mapping[int, int] = MappingProxyType({})

MOST_HOPELESS = 200
"""Ids of a draining shard that were asked about in vain: a pass is not to take long for those that stay."""


def continue_rebalance(
    draft: Draft,
    awake: Collection[int] | None = None,
    coming: Collection[int] = (),
    gate: MoveGate | None = None,
) -> None:
    """Release the next ids towards the stored goal, within the limit of moves under way.

    ``awake``: the shards whose instance answers; no other is promised ids, which would be served by
    nobody meanwhile. None: all. ``coming``: those that are about to answer; draining shards keep for
    them what is meant for them. ``gate``: lets the move policy of the kind keep ids from moving for the sake
    of balance; None: nothing does. Ends the orchestration when the goal is reached, or nothing that is
    under way can bring it nearer.
    """
    goal = draft.state.rebalance
    if goal is None or not goal.is_planned or draft.state.paused:
        return
    budget = at_once(draft.policy, draft.total()) - draft.moving()
    begun, astray = put_right(draft, awake, budget) if is_ruled(draft) else (0, False)
    budget -= begun
    if goal.bound:
        continue_level(draft, goal, awake, coming, gate, is_astray=astray)
        return
    takers = {n: count for n, count in deficit(draft, goal).items() if awake is None or n in awake}
    for source, target, wanted in pair_moves(surplus(draft, goal), takers):
        if budget <= 0:
            break
        budget -= _give(draft, source, target, min(wanted, budget), gate)
    later = deficit(draft, goal, at_once=False)
    _empty_draining(draft, budget, awake, sum(count for n, count in later.items() if n in coming))
    if not draft.moving() and not astray and not _is_waiting(draft, goal, awake, gate):
        draft.amend_state(rebalance=None)


def surplus(draft: Draft, goal: Rebalance, more: Mapping[int, int] = NOTHING) -> dict[int, int]:
    """How many ids each giving shard has yet to release; those on their way to it count as there.

    ``more``: what comes to a shard in another way, less what leaves it.
    """
    found = {}
    for number, keep in goal.gives:
        if draft.shard(number) is not None:
            load = draft.load(number)
            over = min(load.used[0], load.expected + more.get(number, 0) - keep)
            if over > 0:
                found[number] = over
    return found


def deficit(
    draft: Draft, goal: Rebalance, *, at_once: bool = True, more: Mapping[int, int] = NOTHING
) -> dict[int, int]:
    """How many more ids each taking shard can be promised; ``at_once``: within the room that it has now.

    ``more``: as for ``surplus``.
    """
    found = {}
    for number, want in goal.takes:
        shard = draft.shard(number)
        if shard is None or not shard.is_active:
            continue
        load = draft.load(number)
        under = want - load.expected - more.get(number, 0)
        if at_once:
            under = min(under, load.room(shard.capacity))
        if under > 0:
            found[number] = under
    return found


def pair_moves(over: dict[int, int], under: dict[int, int]) -> Moves:
    """Match what is too much here with what is too little there."""
    moves = []
    receivers = sorted(under.items())
    position, free = 0, receivers[0][1] if receivers else 0
    for source, count in sorted(over.items()):
        while count and position < len(receivers):
            part = min(count, free)
            moves.append((source, receivers[position][0], part))
            count, free = count - part, free - part
            if not free:
                position += 1
                free = receivers[position][1] if position < len(receivers) else 0
    return tuple(moves)


def _give(draft: Draft, source: int, target: int, count: int, gate: MoveGate | None) -> int:
    """Release up to ``count`` ids for which the target has room; how many these are."""
    giver = draft.existing(source)
    candidates: Iterable[str] = movable(draft, giver)
    if is_ruled(draft):
        taker = draft.existing(target)
        candidates = (i for i in candidates if _may_go(Demands(draft, i), giver, taker))
    held_by = None if is_forced(draft, giver) else gate
    if held_by is not None:
        candidates = held_by.choose(candidates, count)
    ids = list(islice(candidates, count) if draft.is_uniform else candidates)
    fit = fitting(draft, ids, target)[0][:count]
    if fit:
        draft.release(source, fit, target, Reason.REBALANCED)
        if gate is not None and held_by is None:
            gate.begun(*fit)
    return len(fit)


def _may_go(demands: Demands, giver: Shard, taker: Shard) -> bool:
    """Whether the id may stand there, and leaves none behind that it stands together with.

    Else it would be brought back to them, for others of them to be sent after it, for ever.
    """
    if demands.bars(taker) is not None:
        return False
    return not giver.is_active or not any(group.held.get(giver.number) for group in demands.joined)


def _empty_draining(draft: Draft, budget: int, awake: Collection[int] | None, kept: int) -> None:
    """Draining shards give all they have, to whoever has room.

    So many ids are kept by those that still serve theirs: the goal has a place for them that is not open yet.
    """
    draining = [shard for shard in draft.shards() if not shard.is_active]
    spare = sum(draft.load(shard.number).used[0] for shard in draining) - kept
    for shard in draining:
        most = min(budget, spare) if shard.instance is Instance.LIVE else budget
        for resource_id, target in islice(_leaving(draft, shard, awake), max(0, most)):
            draft.release(shard.number, [resource_id], target, Reason.REBALANCED)
            budget, spare = budget - 1, spare - 1


def _leaving(draft: Draft, shard: Shard, awake: Collection[int] | None) -> Iterator[tuple[str, int]]:
    """The ids of the shard that another takes, and the other; each is released before the next is asked for.

    What nothing takes keeps nobody behind it. Where one finds no place, neither does another that is like it
    in all that counts, and after so many that differ the rest waits for the next time.
    """
    pins, hopeless = pins_of(draft), set[Hashable]()
    for resource_id in list(movable(draft, shard)):
        weight = draft.weight(resource_id)
        kept_by = weight, draft.labels(resource_id), pins.get(resource_id)
        if kept_by in hopeless:
            continue
        if is_ruled(draft):
            target = choose(draft, resource_id, among=awake)
        else:
            target = least_loaded(draft, weight, among=awake)
        if target is not None:
            yield resource_id, target
        elif len(hopeless) < MOST_HOPELESS:
            hopeless.add(kept_by)
        else:
            return


def _is_waiting(draft: Draft, goal: Rebalance, awake: Collection[int] | None, gate: MoveGate | None) -> bool:
    """Whether ids have yet to leave that nothing takes now: for want of room, or of an instance that answers.

    Room comes back when deleted ids have been let go of; the time comes at which a policy lets an id move.
    """
    if any(not shard.is_active for shard in draft.shards()):
        return True
    blocked = deficit(draft, goal, at_once=False)
    asleep = awake is not None and any(number not in awake for number in blocked)
    leaving = any(draft.load(number).leaving[0] for number in blocked)
    kept = gate is not None and gate.is_waiting
    return bool(surplus(draft, goal)) and (asleep or leaving or kept)
