"""What is on its way between the shards of a kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.core.plans.figures import at_once
from orchestrator.core.policy import KindPolicy
from orchestrator.core.view import View
from orchestrator.engine.answers.instance import Flow, MovesStatus
from orchestrator.engine.tenure import Tenure

Key = tuple[int, int | None]


def stored_flows(view: View) -> dict[Key, Flow]:
    """What the store says: who has yet to let go of how many for whom."""
    flows: dict[Key, Flow] = {}
    for source, to, _, count in _entries(view):
        flow = flows.get((source, to))
        so_far = 0 if flow is None else flow.releasing
        flows[source, to] = Flow(source=source, to=to, releasing=so_far + count, acquiring=0, oldest=None)
    return flows


def led_flows(tenure: Tenure) -> dict[Key, Flow]:
    """With what the leader has seen: since when, and what the new owners have yet to acknowledge."""
    now, seen = tenure.around.clock.monotonic(), tenure.roster.entries_seen()
    flows = stored_flows(tenure.view)
    for source, to, generation, _ in _entries(tenure.view):
        at = seen.get(source, {}).get(generation)
        if at is not None:
            flows[source, to] = _aged(flows[source, to], now - at)
    for one in tenure.chronicle.arrivals(tenure.view.shards, tenure.roster):
        key = one.source, one.target
        flow = flows.get(key) or Flow(source=one.source, to=one.target, releasing=0, acquiring=0, oldest=None)
        flows[key] = _aged(replace(flow, acquiring=flow.acquiring + one.count), now - one.at)
    return flows


def moves_status(kind: str, view: View, policy: KindPolicy, flows: dict[Key, Flow]) -> MovesStatus:
    """``items``: those on their way to a shard, the largest first."""
    moving = [flow for flow in flows.values() if flow.to is not None]
    moving.sort(key=lambda flow: (-flow.releasing - flow.acquiring, flow.source, flow.to or 0))
    return MovesStatus(
        kind=kind,
        in_flight=sum(view.load(number).reserved[0] for number in view.shards),
        budget=at_once(policy, view.count()),
        items=tuple(moving),
        slowest=max((flow.oldest for flow in moving if flow.oldest is not None), default=None),
    )


def _aged(flow: Flow, age: float) -> Flow:
    return replace(flow, oldest=max(age, flow.oldest or 0.0))


def _entries(view: View) -> Iterator[tuple[int, int | None, int, int]]:
    """From, to, generation, how many."""
    for number, shard in view.shards.items():
        if view.load(number).leaving[0]:
            for _, entry in shard.entries():
                yield number, entry.to, entry.generation, len(entry.ids)
