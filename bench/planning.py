"""Planning in the core alone: how long, how many moves against the fewest possible, how even at the end."""

from __future__ import annotations

import gc
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from bench import table
from bench.child import measured
from bench.figure import Figure, middle_of
from bench.options import Options
from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.draft import Draft
from orchestrator.core.model import KindState
from orchestrator.core.moves.handoff import Freed, Report, freed, settle
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import PLAIN
from orchestrator.core.view import View

GOAL_S = 0.5
BEFORE = 100
ROUNDS = 1_000
CASES = 12
MOST_SHARDS = 200
POLICY = KindPolicy(max_max_instances=200, max_resource_per_instance=6000)

Answer = TypeVar("Answer")


def scenario(options: Options) -> list[Figure]:
    figures = []
    for after in (120, 101, 99):
        runs = [_one(options, after) for _ in range(options.runs)]
        name = f"plan_{BEFORE}_to_{after}"
        timed = options.goal(GOAL_S, fixed=True) if after == 120 else None
        moves = f"{runs[0]['moves']:,} moves, at least {runs[0]['bound']:,}, {runs[0]['rounds']} rounds"
        figures += [
            _seconds(f"{name}_s", runs, "goal", timed, "the goal and its first moves"),
            _seconds(f"{name}_all_moves_s", runs, "all", timed, "the goal and every move of it, planned"),
            Figure(
                name=f"{name}_moves_ratio",
                values=[run["moves"] / run["bound"] for run in runs],
                goal=options.goal(1.0, fixed=True),
                made_of=moves,
            ),
            Figure(
                name=f"{name}_spread",
                values=[run["spread"] for run in runs],
                goal=options.goal(1, fixed=True),
            ),
        ]
    figures += _random(options)
    figures.insert(
        0, _seconds("plan_first_s", runs, "first", None, f"{options.resources:,} new ids on {BEFORE}")
    )
    return figures


def _random(options: Options) -> list[Figure]:
    """From any number of shards to any other, again and again."""
    chance = random.Random(options.resources)
    nodes = [chance.randint(3, MOST_SHARDS) for _ in range(CASES)]
    count = options.resources // 5
    found = measured("bench.peers.ours", "climb", deadline_s=300.0, count=count, nodes=nodes)
    steps = [found[str(place)] for place in range(1, CASES)]
    moved = sum(one["moved"] for one in steps)
    return [
        Figure(
            name="plan_random_moves_ratio",
            values=[one["moved"] / max(1, one["bound"]) for one in steps],
            goal=options.goal(1.0, fixed=True),
            made_of=f"{moved:,} moves of {count:,} ids in {len(steps)} steps: {', '.join(map(str, nodes))}",
        ),
        Figure(
            name="plan_random_spread",
            values=[one["spread"] for one in steps],
            goal=options.goal(1, fixed=True),
        ),
    ]


def _one(options: Options, after: int) -> dict[str, Any]:
    return measured("bench.planning", "once", count=options.resources, after=after)


def _seconds(name: str, runs: list[dict[str, Any]], key: str, goal: Any, what: str) -> Figure:
    longest = middle_of(runs, f"{key}_longest") * 1e3
    return Figure(
        name=name,
        values=[run[key] for run in runs],
        goal=goal,
        made_of=f"{what}; longest step {longest:.0f} ms",
    )


def once(count: int, after: int) -> dict[str, Any]:
    """``after``: shards wanted of a kind that has ``BEFORE`` of them, full."""
    rows = table.ids(count)
    each = -(-count // BEFORE)
    view = View.of(KindState(kind=table.KIND, resource_per_instance=each, max_instances=BEFORE), {})
    gc.collect()
    first = _Watch()
    draft = _draft(view)
    first.time(lambda: plan_orchestration(draft, rows, count, "p-1"))
    for transaction in first.time(draft.plan).transactions:
        view.apply(transaction)
    owners = {row: place.shard for row, place in view.index.items()}
    gc.collect()
    goal = _Watch()
    draft = _draft(view)
    resource_per_instance = next(n for n in range(each + each // 50, 0, -1) if count // n + 1 >= after)
    made = goal.time(
        lambda: plan_orchestration(
            draft, (), count, "p-2", max_instances=after, resource_per_instance=resource_per_instance
        )
    )
    assert isinstance(made, Goal), made
    goal.time(lambda: continue_rebalance(draft))
    for transaction in goal.time(draft.plan).transactions:
        view.apply(transaction)
    moving = _Watch()
    rounds = _carry_out(view, moving)
    loads = [view.load(n).used[0] for n, shard in view.shards.items() if shard.is_active]
    assert len(view.index) == count and len(loads) == after
    return {
        "first": first.total,
        "first_longest": first.longest,
        "goal": goal.total,
        "goal_longest": goal.longest,
        "all": goal.total + moving.total,
        "all_longest": max(goal.longest, moving.longest),
        "moves": sum(owners[row] != place.shard for row, place in view.index.items()),
        "bound": _bound(owners, count, after),
        "rounds": rounds,
        "spread": max(loads) - min(loads),
    }


def _carry_out(view: View, watch: _Watch) -> int:
    """Take the orchestration to its end, every release acknowledged at once; gives how many rounds it took.

    Only the planning of further moves is timed, not the hand-off of those under way.
    """
    for number in range(ROUNDS):
        draft = _draft(view)
        settle(draft, _all_freed(view), dict.fromkeys(_releasing(view), PLAIN))
        settled = draft.plan().transactions
        for transaction in settled:
            view.apply(transaction)
        draft = _draft(view)
        watch.time(lambda: continue_rebalance(draft))  # noqa: B023
        released = watch.time(draft.plan).transactions
        for transaction in released:
            view.apply(transaction)
        if not (settled or released):
            return number
    raise RuntimeError(f"not at its end after {ROUNDS} rounds")


def _all_freed(view: View) -> list[Freed]:
    found: list[Freed] = []
    for shard in view.shards.values():
        report = Report(
            incarnation=shard.incarnation, generation=shard.generation, pending=frozenset(), more=False
        )
        found.extend(freed(shard, report, POLICY, now=0.0, first_seen={}))
    return found


def _releasing(view: View) -> list[str]:
    return [row for shard in view.shards.values() for _, entry in shard.entries() for row in entry.ids]


def _bound(owners: dict[str, int], count: int, after: int) -> int:
    """The fewest moves that make ``after`` shares even to within one: what is above its share moves."""
    loads = sorted(Counter(owners.values()).values(), reverse=True)[:after]
    share, more = divmod(count, after)
    kept = sum(min(load, share + (position < more)) for position, load in enumerate(loads))
    return count - kept


def _draft(view: View) -> Draft:
    return Draft(view, POLICY, lambda: "op", Limits())


class _Watch:
    """Sums what is timed, and remembers the longest."""

    def __init__(self) -> None:
        self.total = 0.0
        self.longest = 0.0

    def time(self, work: Callable[[], Answer]) -> Answer:
        begun = time.perf_counter()
        try:
            return work()
        finally:
            took = time.perf_counter() - begun
            self.total += took
            self.longest = max(self.longest, took)
