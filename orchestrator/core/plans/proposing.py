"""Plans in the making: what an orchestration, or the way back from one, comes to. Nothing is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestrator.core.balance.orchestration import Goal, plan_orchestration
from orchestrator.core.balance.preview import planned_moves
from orchestrator.core.decisions import Move, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.model import Vector
from orchestrator.core.plans.figures import (
    Stock,
    after_moves,
    hand_off,
    limits,
    peaks,
    spread,
    take_stock,
    traffic,
)
from orchestrator.core.plans.papers import register_of
from orchestrator.core.plans.proposal import Limit, Proposal, Sizes, largest_pairs, plan_id, plan_number
from orchestrator.core.plans.undo import WayBack, way_back
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.view import View

COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a plan is computed from. ``measured``: seconds of the middle one of so many hand-offs.

    ``dimensions``: the names of the weights, the count first. ``fresh``: ids of the catalog's ``count``
    that stand nowhere.
    """

    number: int
    actor: str
    wall: float
    note: str = ""
    count: int = 0
    fresh: Sequence[str] = ()
    max_instances: int | None = None
    resource_per_instance: int | None = None
    shards: int | None = None
    measured: tuple[float, int] | None = None
    dimensions: tuple[str, ...] = (COUNT,)


Made = tuple[Proposal, list[Move]]


def propose(view: View, policy: KindPolicy, bounds: Limits, asked: Asked) -> Made | Refused:
    """A numbered plan of an orchestration, and its moves."""
    draft = scratch(view, policy, bounds)
    before = take_stock(draft)
    goal = plan_orchestration(
        draft,
        asked.fresh,
        asked.count,
        plan_id(asked.number),
        max_instances=asked.max_instances,
        resource_per_instance=asked.resource_per_instance,
        shards=asked.shards,
    )
    if isinstance(goal, Refused):
        return goal
    return proposal_of(view, draft, goal, before, asked)


def proposal_of(view: View, draft: Draft, goal: Goal, before: Stock, asked: Asked) -> Made:
    """The plan of a goal that was just set on this draft, which is of no other use afterwards."""
    stock = take_stock(draft)
    capacities = _capacities(view, draft)
    drained = {number: view.shards[number].capacity for number in goal.draining}
    moves = list(planned_moves(draft, goal)) if draft.state.rebalance is not None else []
    size = goal.size
    proposal = _begin(view, before, asked)
    proposal = replace(
        proposal,
        after=Sizes(
            shards=size.shards,
            max_instances=size.max_instances,
            resource_per_instance=size.resource_per_instance,
        ),
        new=goal.placed,
        places=_places(before, stock),
        created=goal.created,
        draining=goal.draining,
        reactivated=goal.reactivated,
        capacities=capacities,
        former_capacities=_former(view, capacities, drained),
    )
    return _figured(view, draft.policy, proposal, stock, moves, asked), moves


def propose_undo(
    view: View, policy: KindPolicy, bounds: Limits, of: Proposal, moved: Sequence[Move], asked: Asked
) -> Made | Refused:
    """A numbered plan that takes back what another has done, and its moves."""
    draft = scratch(view, policy, bounds)
    before = take_stock(draft)
    back = way_back(draft, of, moved)
    if isinstance(back, Refused):
        return back
    capacities = _capacities(view, draft)
    drained = {number: view.shards[number].capacity for number in back.draining}
    proposal = replace(
        _begin(view, before, asked),
        undoes=of.number,
        after=back.sizes,
        created=back.created,
        draining=back.draining,
        reactivated=back.reactivated,
        capacities=capacities,
        former_capacities=_former(view, capacities, drained),
        stays=back.stays,
        remarks=tuple(_remarks(view, of, back)),
    )
    return _figured(view, policy, proposal, back.stock, back.moves, asked), back.moves


def with_limit(proposal: Proposal, limit: Limit) -> Proposal:
    return replace(proposal, limits=(*proposal.limits, limit))


def next_number(view: View) -> int:
    """Of the next plan: above all that were given, and above that of an orchestration without papers."""
    goal = view.state.rebalance
    under_way = 0 if goal is None else plan_number(goal.id) or 0
    return max(register_of(view.papers).newest, under_way) + 1


def scratch(view: View, policy: KindPolicy, bounds: Limits) -> Draft:
    """A draft that is not to be committed."""
    return Draft(view, policy, lambda: "scratch", bounds)


def _begin(view: View, before: Stock, asked: Asked) -> Proposal:
    state = view.state
    return Proposal(
        number=asked.number,
        made_at=asked.wall,
        actor=asked.actor,
        note=asked.note,
        stage_at=asked.wall,
        stage_actor=asked.actor,
        commit=state.commit,
        count=asked.count,
        standing=view.count(),
        last_applied=register_of(view.papers).applied,
        under_way="" if state.rebalance is None else state.rebalance.id,
        before=Sizes(
            shards=state.shards,
            max_instances=state.max_instances,
            resource_per_instance=state.resource_per_instance,
        ),
        after=Sizes(shards=0, max_instances=0, resource_per_instance=0),
        shards=before.counts,
        spread_before=spread(before, asked.dimensions),
    )


def _figured(
    view: View, policy: KindPolicy, proposal: Proposal, stock: Stock, moves: Sequence[Move], asked: Asked
) -> Proposal:
    weight_of = view.weight if view.weights else None
    given, received = traffic(moves, weight_of, view.dimensions)
    found = peaks(stock, given, received)
    standing = view.count()
    pairs: dict[tuple[int, int], int] = {}
    for move in moves:
        pair = (move.source, move.target)
        pairs[pair] = pairs.get(pair, 0) + 1
    return replace(
        proposal,
        moves=len(moves),
        pairs=largest_pairs((source, target, count) for (source, target), count in pairs.items()),
        spread_after=spread(after_moves(stock, given, received), asked.dimensions),
        peaks=found,
        hand_off=hand_off(policy, len(moves), standing, asked.measured),
        limits=tuple(limits(policy, len(moves), standing, (one for one in found if one.shard in received))),
        cost=_cost(view, policy, moves),
    )


def _cost(view: View, policy: KindPolicy, moves: Sequence[Move]) -> int:
    """What the moves cost by the move policy of the kind; each at least one."""
    if policy.move_policy.is_free:
        return len(moves)
    return sum(max(1, policy.move_policy.cost(view.labels.get(move.id, ()))) for move in moves)


def _capacities(view: View, draft: Draft) -> tuple[tuple[int, Vector], ...]:
    """The shards that are new, or hold another number than before."""
    return tuple(
        (shard.number, shard.capacity)
        for shard in draft.shards()
        if (known := view.shards.get(shard.number)) is None or known.capacity != shard.capacity
    )


def _places(before: Stock, stock: Stock) -> tuple[tuple[int, int], ...]:
    """How many ids that stood nowhere each shard gets."""
    more = ((n, load[0] - before.expected.get(n, (0,))[0]) for n, load in stock.expected.items())
    return tuple((number, count) for number, count in more if count > 0)


def _former(
    view: View, capacities: tuple[tuple[int, Vector], ...], drained: dict[int, Vector]
) -> tuple[tuple[int, Vector], ...]:
    former = {n: view.shards[n].capacity for n, _ in capacities if n in view.shards}
    return tuple(sorted((former | drained).items()))


def _remarks(view: View, of: Proposal, back: WayBack) -> list[str]:
    """What differs from how the plan left the kind, and what else is moved for it."""
    said = []
    applied = register_of(view.papers).applied
    if applied > of.number:
        said.append(f"Plan {applied} was applied after plan {of.number}: what it changed stays changed.")
    state = view.state
    for name, then, now in (
        ("maxInstances", of.after.max_instances, state.max_instances),
        ("resourcePerInstance", of.after.resource_per_instance, state.resource_per_instance),
    ):
        if then != now:
            said.append(f"{name} was changed since from {then} to {now}.")
    if back.evacuated:
        said.append(f"{back.evacuated} ids that are not of plan {of.number} leave shards that go.")
    if back.already:
        said.append(f"{back.already} ids stand where they came from already.")
    return said
