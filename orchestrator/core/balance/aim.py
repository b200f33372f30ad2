"""What an orchestration aims at, once the shards are there: by count, by weight, or at moving nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestrator.core.balance.corrections import corrections
from orchestrator.core.balance.levelling import goal_of, is_calm, plan_level, shares_of
from orchestrator.core.balance.planning import Balance
from orchestrator.core.balance.rebalance import NOTHING, Moves, deficit, pair_moves, surplus
from orchestrator.core.balance.reshape import place_fresh
from orchestrator.core.decisions import Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Rebalance
from orchestrator.core.placement.placement import deal
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.placement.rules import is_ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """``left``: new ids for which there is no room. ``shares``: the ids that each active shard comes to."""

    goal: Rebalance
    moves: Moves
    left: list[str]
    shares: tuple[int, ...]


def set_aim(
    draft: Draft, new_ids: Sequence[str], total: int, plan_id: str, came: Collection[int] = ()
) -> Aim:
    """Place the new ids, and say what is to move. ``total``: the ids of the kind with these.

    ``came``: shards that are there from now on, and are to have their part.
    """
    aim = _aim(draft, new_ids, total, plan_id, came)
    astray = corrections(draft) if is_ruled(draft) else []
    return aim if not astray else replace(aim, moves=_together(aim.moves, _pairs(astray)))


def _aim(draft: Draft, new_ids: Sequence[str], total: int, plan_id: str, came: Collection[int]) -> Aim:
    strategy = draft.policy.strategy
    if strategy is Strategy.EVEN:
        return _by_count(draft, new_ids, even_targets(draft, total, _corrected(draft)), plan_id)
    if strategy is Strategy.WEIGHTED and (targets := shares_of(draft, new_ids, total)) is not None:
        return _by_count(draft, new_ids, targets, plan_id, may_rest=True, came=came)
    many = max(1, len(draft.active()))
    left = deal(draft, new_ids, Reason.ORCHESTRATED, shards_a_transaction=many) if new_ids else []
    balance = plan_level(draft, came)
    return Aim(
        goal=goal_of(plan_id, balance),
        moves=_pairs(balance.moves),
        left=left,
        shares=_shares(draft, balance),
    )


def _by_count(
    draft: Draft,
    new_ids: Sequence[str],
    targets: dict[int, int],
    plan_id: str,
    *,
    may_rest: bool = False,
    came: Collection[int] = (),
) -> Aim:
    """``may_rest``: whether shards that are even enough give nothing; ``came``: that are to have some."""
    left = place_fresh(draft, new_ids, targets)
    gives, takes = _imbalance(draft, targets)
    if may_rest and is_calm(draft, came):
        gives = {number: keep for number, keep in gives.items() if not draft.existing(number).is_active}
    corrected = _corrected(draft)
    if corrected:
        # what rules move may leave any shard with more or less than its share
        gives = {shard.number: targets.get(shard.number, 0) for shard in draft.shards()}
        takes = dict(targets)
    goal = Rebalance(id=plan_id, gives=tuple(gives.items()), takes=tuple(takes.items()))
    over, under = surplus(draft, goal, corrected), deficit(draft, goal, at_once=False, more=corrected)
    moves = pair_moves(over, under)
    return Aim(goal=goal, moves=moves, left=left, shares=tuple(targets.values()))


def even_targets(draft: Draft, total: int, coming: Mapping[int, int] = NOTHING) -> dict[int, int]:
    """An even share of ``total`` for each active shard; the fullest get the remainder, which saves moves.

    A shard that holds less than its share has what it holds, and the others share the rest. ``coming``: what
    comes to a shard anyway, less what leaves it.
    """
    expected = {s.number: draft.load(s.number).expected + coming.get(s.number, 0) for s in draft.active()}
    active = sorted(draft.active(), key=lambda s: (-expected[s.number], s.number))
    targets: dict[int, int] = {}
    while active:
        share, more = divmod(total, len(active))
        small = [shard for shard in active if shard.capacity[0] < share + (more > 0)]
        if not small:
            return targets | {s.number: share + (position < more) for position, s in enumerate(active)}
        targets.update((shard.number, shard.capacity[0]) for shard in small)
        total = max(0, total - sum(shard.capacity[0] for shard in small))
        active = [shard for shard in active if shard.number not in targets]
    return targets


def _corrected(draft: Draft) -> Counter[int]:
    """How many ids each shard gains, and below zero loses, when what stands against a rule is put right."""
    found: Counter[int] = Counter()
    for move in corrections(draft) if is_ruled(draft) else ():
        found[move.source] -= 1
        found[move.target] += 1
    return found


def _imbalance(draft: Draft, targets: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    gives, takes = {}, {}
    for shard in draft.shards():
        expected = draft.load(shard.number).expected
        target = targets.get(shard.number, 0)
        if expected > target or not shard.is_active:
            gives[shard.number] = target
        elif expected < target:
            takes[shard.number] = target
    return gives, takes


def _together(some: Moves, others: Moves) -> Moves:
    counted: Counter[tuple[int, int]] = Counter()
    for source, target, count in (*some, *others):
        counted[source, target] += count
    return tuple((source, target, count) for (source, target), count in sorted(counted.items()))


def _pairs(moves: Iterable[Move]) -> Moves:
    counted = Counter((move.source, move.target) for move in moves)
    return tuple((source, target, count) for (source, target), count in sorted(counted.items()))


def _shares(draft: Draft, balance: Balance) -> tuple[int, ...]:
    shares = {shard.number: draft.load(shard.number).expected for shard in draft.shards()}
    for move in balance.moves:
        shares[move.source] -= 1
        shares[move.target] += 1
    return tuple(shares[shard.number] for shard in draft.active())
