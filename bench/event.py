"""One event in the core: a resource is created or deleted in a large kind, planned and taken over."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from typing import Any

from bench import table
from bench.child import measured
from bench.figure import Figure
from bench.options import Options
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim
from orchestrator.core.model import Chunk, KindState, Shard, Vector
from orchestrator.core.moves.handoff import Report, freed
from orchestrator.core.placement.rule_policy import Require, RulePolicy, Spread
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.settling import plan_ids
from orchestrator.core.traits import Traits, labels_of
from orchestrator.core.view import View

GOAL_S = 0.001
SHARDS = 1_000
CHUNK = 128
EVENTS = 2_000
WORLDS = ("plain", "weighted", "ruled")
EVENT = ("created", "deleted")
ZONES = ("a", "b", "c")


def scenario(options: Options) -> list[Figure]:
    """Goals hold for the full size only: what an event costs must not grow with the kind."""
    figures = []
    for world in WORLDS:
        runs = [
            measured("bench.event", "once", count=options.resources, world=world) for _ in range(options.runs)
        ]
        figures += [_figure(options, world, name, [run[name] for run in runs]) for name in EVENT]
    return figures


def _figure(options: Options, world: str, name: str, runs: list[dict[str, float]]) -> Figure:
    middle, most = (runs[0][key] * 1e6 for key in ("p50", "most"))
    return Figure(
        name=f"event_{world}_{name}_p99_s",
        values=[run["p99"] for run in runs],
        goal=options.goal(GOAL_S),
        made_of=f"{options.resources:,} ids on {SHARDS:,} shards; p50 {middle:.0f} us, max {most:.0f} us",
    )


def once(count: int, world: str) -> dict[str, Any]:
    """``world``: plain, weighted (four dimensions), ruled (weights, tags, apart, spread)."""
    rng = random.Random(7)
    rows = table.ids(count)
    policy = _policy(world, count)
    said = {row: _traits(world, rng, position) for position, row in enumerate(rows)}
    view = _view(world, count, rows, policy)
    view.learn(said)
    fresh = [f"new-{n}" for n in range(EVENTS)]
    for position, one in enumerate(fresh):
        said[one] = _traits(world, rng, count + position)
    gc.collect()
    gc.freeze()
    events = _Events(view, policy, said)
    created = [events.seconds(lambda one=one: events.create(one)) for one in fresh]  # type: ignore[misc]
    deleted = [events.seconds(lambda one=one: events.delete(one)) for one in fresh]  # type: ignore[misc]
    assert len(view.index) == count
    return {"created": _spread(created), "deleted": _spread(deleted)}


class _Events:
    """What the engine does of one event, without the catalog and the store."""

    def __init__(self, view: View, policy: KindPolicy, said: dict[str, Traits]) -> None:
        self._view = view
        self._policy = policy
        self._said = said

    def seconds(self, event: Callable[[], None]) -> float:
        # of this thread: an event waits for nothing, and others may be at work on the machine
        began = time.thread_time()
        event()
        return time.thread_time() - began

    def create(self, one: str) -> None:
        self._pass({one: Claim.CREATED}, {one: self._said[one]})
        assert one in self._view.index, one

    def delete(self, one: str) -> None:
        """Released, acknowledged at once, and dropped."""
        place = self._view.index[one]
        self._pass({one: Claim.DELETED}, {})
        shard = self._view.shards[place.shard]
        report = Report(incarnation=shard.incarnation, generation=shard.generation)
        draft = self._draft()
        free = freed(shard, report, self._policy, now=0.0, first_seen={})
        plan_ids(draft, self._view, free, {}, {}, Limits(), wall=0.0)
        self._commit(draft)

    def _pass(self, hints: dict[str, Claim], present: dict[str, Traits]) -> None:
        draft = self._draft()
        plan_ids(draft, self._view, [], hints, present, Limits(), wall=0.0)
        self._commit(draft)

    def _draft(self) -> Draft:
        return Draft(self._view, self._policy, lambda: "op", Limits())

    def _commit(self, draft: Draft) -> None:
        for transaction in draft.plan().transactions:
            self._view.apply(transaction)


def _policy(world: str, count: int) -> KindPolicy:
    each = count // SHARDS
    limits = {"max_max_instances": SHARDS, "max_resource_per_instance": 2 * each}
    if world == "plain":
        return KindPolicy(**limits)  # type: ignore[arg-type]
    extra: Vector = (each * 100, each * 1000, each * 60)
    rules = RulePolicy()
    if world == "ruled":
        rules = RulePolicy(
            require=(Require(label="arch", shard_label="arch"),),
            apart=("twin",),
            spread=Spread(over="zone", by="tenant"),
            shard_labels=(("zone", ZONES), ("arch", ("arm", "x86"))),
        )
    return KindPolicy(
        dimensions=("cpu", "memory", "messages"),
        extra_capacity=extra,
        rules=rules,
        **limits,  # type: ignore[arg-type]
    )


def _traits(world: str, rng: random.Random, position: int) -> Traits:
    if world == "plain":
        return Traits()
    weight = (1, rng.randint(0, 100), rng.randint(1, 1000), rng.randint(0, 50))
    if world == "weighted":
        return Traits(weight)
    labels = {"tenant": f"tenant-{position % 5_000}", "twin": f"pair-{position // 2}"}
    if position % 3 == 0:
        labels["arch"] = "arm" if position % 2 else "x86"
    return Traits(weight, labels_of(labels))


def _view(world: str, count: int, rows: list[str], policy: KindPolicy) -> View:
    each = count // SHARDS
    state = KindState(kind=table.KIND, shards=SHARDS, resource_per_instance=2 * each, max_instances=SHARDS)
    shards = {}
    for number in range(SHARDS):
        # in rows, not in blocks, so that pairs stand apart
        own = rows[number::SHARDS]
        chunks = tuple(Chunk(ids=tuple(own[at : at + CHUNK])) for at in range(0, len(own), CHUNK))
        shards[number] = Shard(
            number=number,
            capacity=(2 * each, *policy.extra_capacity),
            labels=policy.rules.labels_of(number),
            incarnation=1,
            chunks=chunks,
        )
    return View.of(state, shards, dimensions=1 + len(policy.extra_capacity), watched=policy.rules.watched)


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[len(ordered) * 99 // 100],
        "most": ordered[-1],
    }
