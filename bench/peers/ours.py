"""Our planner in the core alone, on the same steps as the others."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from bench import table
from bench.ladder import BUDGET_S, RUNS, STEPS, Step, ids_of, judged, weights_of
from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.draft import Draft
from orchestrator.core.model import KindState
from orchestrator.core.moves.handoff import Freed, Report, freed, settle
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.core.view import View

ROUNDS = 1_000
MOST = 200
Answer = TypeVar("Answer")


def climb(count: int, weighted: bool = False, nodes: Sequence[int] = ()) -> dict[str, Any]:
    """Every step of the ladder at this size: its seconds and what the judge says, by the step's name.

    ``nodes``: other steps instead, from each of these numbers of nodes to the next.
    """
    steps = _steps(nodes) if nodes else STEPS
    ids = ids_of(count)
    views: dict[str, View] = {}
    owners: dict[str, list[int]] = {}
    answer = {}
    # As the server does: nothing is collected while it plans.
    gc.disable()
    weights = weights_of(count) if weighted else None
    traits = _traits(ids, weights)
    for step in steps:
        seconds: list[tuple[float, float]] = []
        while len(seconds) < RUNS and sum(wall for wall, _ in seconds) < BUDGET_S:
            before = None if step.before is None else views[step.before]
            view, took = _stepped(step, before, traits, weighted)
            seconds.append(took)
        views[step.name] = view
        owners[step.name] = [view.index[one].shard if one in view.index else -1 for one in ids]
        known = None if step.before is None else owners[step.before]
        answer[step.name] = judged(step, seconds, known, owners[step.name], weights)
    return answer


def _steps(nodes: Sequence[int]) -> list[Step]:
    names = [None, *(str(place) for place in range(len(nodes)))]
    return [Step(name=str(place), before=names[place], nodes=number) for place, number in enumerate(nodes)]


def _traits(ids: Sequence[str], weights: Sequence[int] | None) -> dict[str, Traits]:
    """What the catalog says of each: that it is there, and what it weighs."""
    if weights is None:
        return dict.fromkeys(ids, PLAIN)
    return {one: Traits(weight=(1, weight)) for one, weight in zip(ids, weights, strict=True)}


def _stepped(
    step: Step, before: View | None, traits: Mapping[str, Traits], weighted: bool
) -> tuple[View, tuple[float, float]]:
    """The view after the step, and the seconds (on the wall, of CPU) of its planning, to the last move.

    That releases are acknowledged, and that the view takes the plan over, is not planning.
    """
    ids = list(traits)
    each = 2 * -(-len(ids) // step.alive)
    # As much room as Helix is given: twice what a node has to hold, or the heaviest.
    heavy = [one.weight[1] for one in traits.values()] if weighted else [0]
    room = 2 * max(sum(heavy) // step.alive, max(heavy))
    policy = KindPolicy(
        init_instances=step.alive,
        max_max_instances=MOST,
        max_resource_per_instance=each,
        # The others have no limit of what moves at once, and plan all of it in one go.
        move_ratio=1.0,
        strategy=Strategy.WEIGHTED if weighted else Strategy.EVEN,
        extra_capacity=(room,) if weighted else (),
    )
    view = _empty(weighted) if before is None else _copied(before)
    clock = Clock()
    draft = _draft(view, policy)
    new = ids if before is None else ()
    if before is None and weighted:
        draft.learn(traits)
    made = clock.time(
        lambda: plan_orchestration(
            draft, new, len(ids), "plan", max_instances=step.alive, resource_per_instance=each
        )
    )
    if not isinstance(made, Goal):
        raise TypeError(f"{step.name} of {len(ids)} was refused: {made.detail}")
    clock.time(lambda: continue_rebalance(draft))
    for transaction in clock.time(draft.plan).transactions:
        view.apply(transaction)
    _carry_out(view, policy, traits)
    return view, (clock.total, clock.cpu)


def _carry_out(view: View, policy: KindPolicy, traits: Mapping[str, Traits]) -> None:
    """Every release is acknowledged at once; the plan is whole, so nothing more is released."""
    for _ in range(ROUNDS):
        draft = _draft(view, policy)
        settle(draft, _all_freed(view, policy), {one: traits[one] for one in _releasing(view)})
        settled = draft.plan().transactions
        for transaction in settled:
            view.apply(transaction)
        draft = _draft(view, policy)
        continue_rebalance(draft)
        ended = draft.plan().transactions
        for transaction in ended:
            view.apply(transaction)
        if _releasing(view):
            raise RuntimeError("the plan was not whole")
        if not (settled or ended):
            return
    raise RuntimeError(f"not at its end after {ROUNDS} rounds")


def _empty(weighted: bool) -> View:
    state = KindState(kind=table.KIND, resource_per_instance=1, max_instances=MOST)
    return View.of(state, {}, dimensions=2 if weighted else 1)


def _copied(view: View) -> View:
    shards = {number: shard for number, shard in view.shards.items() if shard.is_active}
    return View.of(view.state, shards, dimensions=view.dimensions, weights=view.weights)


def _all_freed(view: View, policy: KindPolicy) -> list[Freed]:
    found: list[Freed] = []
    for shard in view.shards.values():
        report = Report(
            incarnation=shard.incarnation, generation=shard.generation, pending=frozenset(), more=False
        )
        found.extend(freed(shard, report, policy, now=0.0, first_seen={}))
    return found


def _releasing(view: View) -> list[str]:
    return [row for shard in view.shards.values() for _, entry in shard.entries() for row in entry.ids]


def _draft(view: View, policy: KindPolicy) -> Draft:
    return Draft(view, policy, lambda: "op", Limits())


class Clock:
    """Sums what is timed."""

    def __init__(self) -> None:
        self.total = self.cpu = 0.0

    def time(self, work: Callable[[], Answer]) -> Answer:
        begun, spent = time.perf_counter(), time.process_time()
        try:
            return work()
        finally:
            self.total += time.perf_counter() - begun
            self.cpu += time.process_time() - spent
