"""The shards that a reviewed plan names: created, drained, woken and resized as it says, and the way back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from orchestrator.core.balance.rebalance import continue_rebalance
from orchestrator.core.decisions import Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Rebalance, ShardState, Vector
from orchestrator.core.placement.placement import capacity_of, deal, place_on
from orchestrator.core.placement.rules import is_ruled
from orchestrator.core.plans.proposal import Proposal, Sizes


def reshape(draft: Draft, proposal: Proposal) -> None:
    """Have exactly the shards that the plan names, at its sizes; repeated, it changes nothing more.

    The orchestration that it begins has no goal yet (``set_goal``).
    """
    draft.amend_state(
        shards=proposal.after.shards,
        # it may be cut before the last of them is drained, and no more than the maximum may be active
        max_instances=max(proposal.after.max_instances, len(draft.active())),
        resource_per_instance=proposal.after.resource_per_instance,
        rebalance=Rebalance(id=proposal.id, is_planned=False),
    )
    for number in proposal.draining:
        shard = draft.shard(number)
        if shard is not None and shard.is_active:
            draft.drain(number, Reason.ORCHESTRATED)
    draft.amend_state(max_instances=proposal.after.max_instances)
    wake(draft, proposal.reactivated, Reason.ORCHESTRATED)
    capacities = dict(proposal.capacities)
    for number in proposal.created:
        if draft.shard(number) is None:
            draft.create(number, capacities.get(number, capacity_of(draft)), Reason.ORCHESTRATED)
    resize(draft, capacities)


def wake(draft: Draft, numbers: Iterable[int], reason: Reason) -> list[int]:
    """Have draining shards take ids again; those that did."""
    woken = []
    for number in numbers:
        shard = draft.shard(number)
        if shard is not None and not shard.is_active:
            draft.amend(number, state=ShardState.ACTIVE)
            draft.note("activate", reason, (), shard=number)
            woken.append(number)
    return woken


def resize(draft: Draft, capacities: Mapping[int, Vector]) -> None:
    for number, capacity in capacities.items():
        shard = draft.shard(number)
        if shard is not None and shard.capacity != capacity:
            draft.amend(number, capacity=capacity)


def place_fresh(draft: Draft, ids: Sequence[str], targets: Mapping[int, int]) -> list[str]:
    """Place ids that stand nowhere: each shard up to its target, the rest wherever there is room.

    Where there are rules they say what goes where, and what that leaves uneven is moved.
    ``targets``: the ids that a shard is to have before anything moves. Returns those without a place.
    """
    many = max(1, len(targets))
    if is_ruled(draft):
        return deal(draft, ids, Reason.ORCHESTRATED, shards_a_transaction=many) if ids else []
    left: list[str] = []
    start = 0
    for number, target in sorted(targets.items()):
        block = ids[start : start + max(0, target - draft.load(number).expected)]
        start += len(block)
        left.extend(place_on(draft, block, number, Reason.ORCHESTRATED))
    left.extend(ids[start:])
    return deal(draft, left, Reason.ORCHESTRATED, shards_a_transaction=many) if left else left


def drain_the_rest(draft: Draft, awake: Collection[int], coming: Collection[int]) -> Rebalance | None:
    """All listed ids have come to their end: draining shards give what else they have, and that is all.

    Returns the goal that this was done for, which may have been reached by it.
    """
    goal = draft.state.rebalance
    if goal is not None and (goal.gives or goal.takes or goal.bound):
        goal = replace(goal, gives=(), takes=(), bound=0, left=0)
        draft.amend_state(rebalance=goal)
    continue_rebalance(draft, awake, coming)
    return goal


def set_goal(draft: Draft, proposal: Proposal, moves: Iterable[Move]) -> None:
    """Write down what these moves come to for each shard; without any, the plan is at its end.

    That is for who has lost the list of them: it is not followed as long as that is there.
    """
    change: dict[int, int] = {}
    for move in moves:
        change[move.source] = change.get(move.source, 0) - 1
        change[move.target] = change.get(move.target, 0) + 1
    gives, takes = {}, {}
    for shard in draft.shards():
        expected, more = draft.load(shard.number).expected, change.get(shard.number, 0)
        if not shard.is_active:
            gives[shard.number] = 0
        elif more < 0:
            gives[shard.number] = max(0, expected + more)
        elif more > 0:
            takes[shard.number] = expected + more
    draft.amend_state(
        rebalance=Rebalance(id=proposal.id, gives=tuple(gives.items()), takes=tuple(takes.items()))
    )


def call_off(draft: Draft, proposal: Proposal) -> tuple[int, ...]:
    """End a plan that is under way: what is not on its way stays, and no shard is emptied any more.

    Sizes that no longer fit what the shards hold go back to what they were. Returns the shards that take
    ids again.
    """
    kept = [n for n in draft.numbers() if not draft.existing(n).is_active and draft.load(n).used[0]]
    draft.amend_state(max_instances=max(draft.state.max_instances, len(draft.active()) + len(kept)))
    woken = wake(draft, kept, Reason.OPERATOR)
    active = len(draft.active())
    fits = all(draft.load(s.number).expected <= s.capacity[0] for s in draft.active())
    sizes = proposal.after if fits and active <= proposal.after.max_instances else proposal.before
    if sizes is proposal.before:
        resize(draft, dict(proposal.former_capacities))
        # those that came since hold what the former ones do
        resize(draft, {n: capacity_of_size(draft, sizes) for n in proposal.created if draft.shard(n)})
    # what comes back to a shard that is drained is still to leave it
    is_drained = any(not shard.is_active for shard in draft.shards())
    draft.amend_state(
        shards=active,
        max_instances=max(sizes.max_instances, active),
        resource_per_instance=sizes.resource_per_instance,
        rebalance=Rebalance(id=proposal.id) if is_drained else None,
    )
    return tuple(woken)


def capacity_of_size(draft: Draft, sizes: Sizes) -> Vector:
    return (sizes.resource_per_instance, *draft.policy.extra_capacity)
