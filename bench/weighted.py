"""Weights in the core alone: 500,000 ids on 1,000 shards, planned whole."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from typing import Any

from bench import table
from bench.child import BrokenError, measured
from bench.figure import Figure, middle_of
from bench.ladder import weights_of
from bench.options import Options
from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.draft import Draft
from orchestrator.core.model import KindState
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import Traits
from orchestrator.core.view import View

GOAL_PLAN_S = 2.0
SHARDS = 1_000
DEADLINE_S = 400.0


def scenario(options: Options) -> list[Figure]:
    count = options.resources
    runs = [
        measured("bench.weighted", "once", deadline_s=DEADLINE_S, count=count) for _ in range(options.runs)
    ]
    even = f"fullest {middle_of(runs, 'over_mean'):.4f} of the mean"
    return [
        Figure(
            name="weighted_first_s",
            values=[run["first"] for run in runs],
            goal=options.goal(GOAL_PLAN_S, fixed=True),
            made_of=f"{count:,} ids of skewed weights on {SHARDS:,} shards, nothing placed before; {even}; "
            f"CPU {middle_of(runs, 'first_cpu'):.2f} s",
        ),
        Figure(
            name="weighted_plan_s",
            values=[run["whole"] for run in runs],
            goal=options.goal(GOAL_PLAN_S, fixed=True),
            made_of=f"{SHARDS} shards become {SHARDS * 6 // 5}: the goal and its first moves; "
            f"CPU {middle_of(runs, 'whole_cpu'):.2f} s",
        ),
    ]


def once(count: int) -> dict[str, Any]:
    ids = table.ids(count)
    traits = _traits(ids, weights_of(count))
    mean = sum(one.weight[1] for one in traits.values()) // SHARDS
    policy = KindPolicy(
        strategy=Strategy.WEIGHTED,
        init_instances=SHARDS,
        max_max_instances=2 * SHARDS,
        max_resource_per_instance=4 * count // SHARDS,
        extra_capacity=(4 * mean,),
    )
    state = KindState(kind=table.KIND, resource_per_instance=4 * count // SHARDS, max_instances=SHARDS)
    view = View.of(state, {}, dimensions=2)
    gc.collect()
    gc.freeze()
    gc.disable()
    draft = Draft(view, policy, lambda: "op", Limits())
    draft.learn(traits)
    begun, spent = time.perf_counter(), time.process_time()
    made = plan_orchestration(draft, ids, count, "first", max_instances=SHARDS)
    plan = draft.plan()
    answer = {"first": time.perf_counter() - begun, "first_cpu": time.process_time() - spent}
    if not isinstance(made, Goal):
        raise BrokenError(made.detail)
    for transaction in plan.transactions:
        view.apply(transaction)
    loads = [view.load(number).used[1] for number in view.shards]
    answer["over_mean"] = max(loads) / (sum(loads) / len(loads))
    return answer | _whole(view, policy, count)


def _whole(view: View, policy: KindPolicy, count: int) -> dict[str, float]:
    wanted = SHARDS * 6 // 5
    wider = KindPolicy(
        strategy=policy.strategy,
        init_instances=wanted,
        max_max_instances=2 * SHARDS,
        max_resource_per_instance=policy.max_resource_per_instance,
        extra_capacity=policy.extra_capacity,
    )
    draft = Draft(view, wider, lambda: "op", Limits())
    begun, spent = time.perf_counter(), time.process_time()
    made = plan_orchestration(draft, (), count, "second", max_instances=wanted)
    continue_rebalance(draft)
    draft.plan()
    if not isinstance(made, Goal):
        raise BrokenError(made.detail)
    return {"whole": time.perf_counter() - begun, "whole_cpu": time.process_time() - spent}


def _traits(ids: list[str], weights: list[int]) -> Mapping[str, Traits]:
    return {one: Traits(weight=(1, weight)) for one, weight in zip(ids, weights, strict=True)}
