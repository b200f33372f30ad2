"""An orchestration by weight: a level that no shard is to exceed, and the next moves towards it.

The goal is the level and a budget of moves. Which ids move follows from how things stand, each time anew:
a successor needs no list, and what happened meanwhile is taken into account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from orchestrator.core.balance.levels import WHOLE, Bin, Item, even_shares, least_level, low_level, peak
from orchestrator.core.balance.movable import is_forced, movable
from orchestrator.core.balance.planning import Balance, Problem, balanced, calm_level
from orchestrator.core.balance.relief import MayTake
from orchestrator.core.decisions import Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.load import padded
from orchestrator.core.model import Rebalance, Vector
from orchestrator.core.moves.gate import MoveGate, lasting
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.placement.rules import Demands, forbids, is_ruled
from orchestrator.core.plans.figures import at_once

SPARE_RATIO = 20
"""A goal may take one move in so many more than planned: ids come and go while it is under way."""


_ITEM: Callable[[tuple[str, Vector]], Item] = partial(tuple.__new__, Item)
"""As ``Item._make``, without a call of Python for each of half a million."""


def bins_of(draft: Draft, awake: Collection[int] | None = None) -> list[Bin]:
    """The shards with what they will own when all that is under way has arrived."""
    found = []
    for shard in draft.shards():
        load = draft.load(shard.number)
        weighs = zip(load.used, load.leaving, load.reserved, shard.capacity, strict=False)
        found.append(
            Bin(
                number=shard.number,
                capacity=shard.capacity,
                load=[used + reserved for used, reserved in zip(load.used, load.reserved, strict=True)],
                room=[most - used - leaving - reserved for used, leaving, reserved, most in weighs],
                is_staying=shard.is_active,
                is_open=shard.is_active and (awake is None or shard.number in awake),
            )
        )
    return found


def plan_level(draft: Draft, came: Collection[int] = ()) -> Balance:
    """How even the kind is to become from where it stands, and the moves that make it so.

    ``came``: shards that are new.
    """
    bins = bins_of(draft)
    for one in bins:
        # what leaves has left when it is done
        one.room = None
    is_sticky = draft.policy.strategy is Strategy.STICKY
    floor = WHOLE if is_sticky else 0
    gate = lasting(draft.policy.move_policy, draft.labels)
    contents = _contents(draft, gate)
    cost = gate.cost if gate is not None else None
    return balanced(
        bins,
        contents,
        rules_of(draft),
        cost,
        band=draft.policy.balance_band,
        floor=floor,
        came=() if is_sticky else came,
    )


def goal_of(plan_id: str, balance: Balance) -> Rebalance:
    count = len(balance.moves)
    return Rebalance(
        id=plan_id,
        takes=tuple(sorted(balance.lows.items())),
        bound=max(1, balance.bound),
        left=count + max(2, count // SPARE_RATIO),
    )


def shares_of(draft: Draft, new_ids: Sequence[str], total: int) -> dict[int, int] | None:
    """The most even share of ``total`` for each active shard; None where not all ids weigh alike.

    ``new_ids``: those that have yet to be placed.
    """
    weight = _common_weight(draft, new_ids)
    return None if weight is None else even_shares(bins_of(draft), total, weight)


def is_calm(draft: Draft, came: Collection[int] = ()) -> bool:
    """Whether the kind is even enough to be left alone; ``came``: shards that are to have their part."""
    bins = [one for one in bins_of(draft) if one.is_staying]
    low = low_level(bins, draft.policy.balance_band)
    if any(one.level < low for one in bins if one.number in came):
        return False
    return peak(bins) <= calm_level(least_level(bins), draft.policy.balance_band)


def _common_weight(draft: Draft, new_ids: Sequence[str]) -> Vector | None:
    """In every dimension; None where the ids differ."""
    ones = (1,) * draft.dimensions
    if draft.is_uniform:
        return ones
    common: Vector | None = None
    for resource_id in chain(new_ids, *(chunk.all_ids() for s in draft.shards() for chunk in s.chunks)):
        weight = draft.weight(resource_id)
        if common is None:
            common = weight
        elif weight != common:
            return None
    return ones if common is None else padded(common, draft.dimensions)


def continue_level(
    draft: Draft,
    goal: Rebalance,
    awake: Collection[int] | None = None,
    coming: Collection[int] = (),
    gate: MoveGate | None = None,
    *,
    is_astray: bool = False,
) -> None:
    """Release the next ids towards the level, within the limit of moves under way.

    ``is_astray``: whether ids wait that stand against a rule.

    Ends the orchestration when no shard is above it, or nothing that is under way can bring it nearer.
    """
    budget = at_once(draft.policy, draft.total()) - draft.moving()
    bins = bins_of(draft, awake)
    # more may have come meanwhile than the level has room for
    bound = max(goal.bound, least_level(bins))
    begun = 0
    lows = dict(goal.takes)
    wanted = _wanted(draft, bins, bound, lows, coming, gate, budget) if budget > 0 else []
    for move in wanted:
        is_soft = draft.existing(move.source).is_active
        if begun >= budget or (is_soft and goal.left <= 0):
            continue
        if (awake is not None and move.target not in awake) or not _may_go(draft, move):
            continue
        if gate is not None and is_forced(draft, draft.existing(move.source)):
            gate.begun(move.id)
        elif gate is not None and not gate.admits(move.id):
            continue
        draft.release(move.source, [move.id], move.target, Reason.REBALANCED)
        begun += 1
        if is_soft:
            goal = replace(goal, left=goal.left - 1)
    if begun:
        draft.amend_state(rebalance=goal)
    elif not draft.moving() and not is_astray and not _is_waiting(draft, goal, bound, awake, coming, gate):
        draft.amend_state(rebalance=None)


def _wanted(
    draft: Draft,
    bins: list[Bin],
    bound: int,
    lows: Mapping[int, int],
    coming: Collection[int],
    gate: MoveGate | None,
    budget: int,
) -> Sequence[Move]:
    cost = gate.cost if gate is not None and gate.policy.rules else None
    problem = Problem(bins, _contents(draft, gate), rules_of(draft), cost, lows)
    if not problem.is_small:
        is_patient = any(one.number in coming for one in bins)
        return problem.bounded(bound, budget, is_patient=is_patient)
    # as if those that are about to answer did: what is meant for them is kept for them
    for one in bins:
        one.is_open = one.is_open or (one.is_staying and one.number in coming)
        one.room = None
    moves = problem.relieve(bound)[0]
    return moves + problem.filled(moves, bound)


def _contents(draft: Draft, gate: MoveGate | None) -> Callable[[int], list[Item]]:
    dimensions = draft.dimensions

    def contents(number: int) -> list[Item]:
        shard = draft.existing(number)
        ids: Iterator[str] = movable(draft, shard)
        if gate is not None and not is_forced(draft, shard):
            ids = gate.let_through(ids)
        listed = list(ids)
        weights = draft.weights(listed)
        if set(map(len, weights)) - {dimensions}:
            weights = [padded(weight, dimensions) for weight in weights]
        return list(map(_ITEM, zip(listed, weights, strict=True)))

    return contents


def rules_of(draft: Draft) -> MayTake | None:
    """What the rules say beside room, as things stand; None where the kind has none."""
    if not is_ruled(draft):
        return None
    asked: dict[str, Demands] = {}

    def may_take(resource_id: str, number: int) -> bool:
        if resource_id not in asked:
            # one after the other: the last one is all that is worth keeping
            asked.clear()
            asked[resource_id] = Demands(draft, resource_id)
        return asked[resource_id].bars(draft.existing(number)) is None

    return may_take


def _may_go(draft: Draft, move: Move) -> bool:
    """Whether the target takes the id now that those before it are on their way."""
    if is_ruled(draft):
        return forbids(draft, move.id, move.target) is None
    capacity = draft.existing(move.target).capacity
    return draft.load(move.target).fits(draft.weight(move.id), capacity)


def _is_waiting(
    draft: Draft,
    goal: Rebalance,
    bound: int,
    awake: Collection[int] | None,
    coming: Collection[int],
    gate: MoveGate | None,
) -> bool:
    """Whether something will let go on what does not now: an instance, room, the time of day."""
    bins = bins_of(draft)
    if any(not one.is_staying for one in bins):
        return True
    lows = dict(goal.takes)
    is_due = any(any(one.excess(bound)) or one.level < lows.get(one.number, 0) for one in bins)
    if goal.left <= 0 or not is_due:
        return False
    asleep = awake is not None and any(one.number not in awake for one in bins)
    leaving = any(draft.load(one.number).leaving[0] for one in bins)
    return asleep or leaving or (gate is not None and gate.is_waiting)
