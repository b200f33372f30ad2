"""One shard is to end: its ids go to the others, as far as these have room, and nothing else moves.

The goal is one of the balance like any other (``continue_rebalance``); a successor goes on from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.model import Rebalance, Shard, ShardState
from orchestrator.core.placement.choosing import choose, why_nowhere
from orchestrator.core.placement.placement import spare_room
from orchestrator.core.placement.rules import is_ruled, pins_of
from orchestrator.core.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """``ids``: how many are to leave; ``shards``: how many others take them."""

    shard: int
    ids: int
    shards: int

    @property
    def each(self) -> int:
        """About how many each of the others gets."""
        return -(-self.ids // self.shards) if self.shards else 0


def plan_drain(draft: Draft, number: int, plan_id: str, *, asks_rules: bool = True) -> Drain | Refused:
    """Have the shard end. ``asks_rules``: whether each id is looked at, where there are rules.

    Requires: it is there.
    """
    kind, shard = draft.state.kind, draft.existing(number)
    if draft.state.paused:
        return Refused(reason=Reason.PAUSED, detail=f"{kind} is paused; resume it first.")
    if not shard.is_active:
        return Refused(reason=Reason.UNCHANGED, detail=f"Shard {number} of {kind} is drained already.")
    goal = draft.state.rebalance
    if goal is not None and not is_drain(goal):
        return Refused(
            reason=Reason.ORCHESTRATED,
            detail=f"{kind} is being orchestrated ({goal.id}): shard {number} is not drained meanwhile.",
            reasons=("Wait for its end, or cancel its plan.",),
        )
    others = len(draft.active()) - 1
    if not others:
        return Refused(reason=Reason.NO_ROOM, detail=f"Shard {number} is the only active one of {kind}.")
    held = draft.load(number).expected
    pinned = sum(at == number for at in pins_of(draft).values())
    if pinned:
        return Refused(
            reason=Reason.PINNED,
            detail=f"{pinned} {'id is' if pinned == 1 else 'ids are'} pinned to shard {number} of {kind}.",
            reasons=("Unpin them first, or pin them elsewhere.",),
        )
    draft.drain(number, Reason.OPERATOR)
    refused = _lacking_room(draft, shard, held) or (_barred(draft, shard) if asks_rules else None)
    if refused is not None:
        return refused
    gives = () if goal is None else tuple(give for give in goal.gives if give[0] != number)
    draft.amend_state(
        shards=others,
        rebalance=Rebalance(id=plan_id if goal is None else goal.id, gives=(*gives, (number, 0))),
    )
    return Drain(shard=number, ids=held, shards=others)


def plan_undrain(draft: Draft, number: int) -> Drain | Refused:
    """Have a shard that was to end stay; what has left it comes back with the next orchestration.

    Requires: it is there.
    """
    kind, shard, goal = draft.state.kind, draft.existing(number), draft.state.rebalance
    if shard.is_active:
        return Refused(reason=Reason.UNCHANGED, detail=f"Shard {number} of {kind} is not drained.")
    if draft.state.paused:
        return Refused(reason=Reason.PAUSED, detail=f"{kind} is paused; resume it first.")
    if goal is not None and not is_drain(goal):
        return Refused(
            reason=Reason.ORCHESTRATED,
            detail=f"{kind} is being orchestrated ({goal.id}), which ends shard {number}.",
            reasons=("Cancel its plan, or orchestrate with more shards.",),
        )
    active, most = len(draft.active()), draft.state.max_instances
    if active >= most:
        return Refused(
            reason=Reason.NO_ROOM, detail=f"{active} shards of {kind} are active; maxInstances is {most}."
        )
    draft.amend(number, state=ShardState.ACTIVE)
    draft.note("activate", Reason.OPERATOR, (), shard=number)
    if goal is not None:
        goal = replace(goal, gives=tuple(give for give in goal.gives if give[0] != number))
    draft.amend_state(shards=active + 1, rebalance=goal)
    return Drain(shard=number, ids=draft.load(number).used[0], shards=active)


def is_drain(goal: Rebalance) -> bool:
    """Whether the goal is nothing but the end of some shards."""
    return goal.is_planned and not goal.bound and not goal.takes and not any(keep for _, keep in goal.gives)


def _lacking_room(draft: Draft, shard: Shard, held: int) -> Refused | None:
    """Requires: the shard is draining in the draft."""
    spare = spare_room(draft) - draft.load(shard.number).reserved[0]
    if spare < 0:
        return _refused(draft, shard, f"room elsewhere for {max(0, held + spare):,} of {held:,}")
    load = draft.load(shard.number)
    for dimension in range(1, draft.dimensions):
        needed = load.used[dimension] + load.reserved[dimension]
        room = 0
        for other in draft.active():
            its = draft.load(other.number)
            taken = its.used[dimension] + its.leaving[dimension] + its.reserved[dimension]
            room += max(0, other.capacity[dimension] - taken)
        if needed > room:
            name = draft.dimension_name(dimension)
            return _refused(draft, shard, f"room elsewhere for {room:,} of {needed:,} {name}")
    return None


def _barred(draft: Draft, shard: Shard) -> Refused | None:
    """Whether rules keep some of its ids from all others; how they fill up is found on the way."""
    if not is_ruled(draft):
        return None
    stuck = [resource_id for resource_id in shard.ids() if choose(draft, resource_id) is None]
    if not stuck:
        return None
    shown = f"{printable(stuck[0])}: {why_nowhere(draft, stuck[0]).sentence.rstrip('.')}"
    return _refused(
        draft,
        shard,
        f"for {len(stuck):,} of {shard.used:,} no other shard is allowed or has room, e.g. {shown}",
    )


def _refused(draft: Draft, shard: Shard, why: str) -> Refused:
    return Refused(
        reason=Reason.NO_ROOM,
        detail=f"Shard {shard.number} of {draft.state.kind} cannot be drained: {why}.",
        reasons=("Orchestrate with more shards or a larger resourcePerInstance, then drain it.",),
    )
