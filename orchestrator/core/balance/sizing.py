"""How many shards a kind needs (README, REST, after seed 004 with its off-by-one mended)."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.decisions import Refused
from orchestrator.core.elastic.policy import ElasticMode
from orchestrator.core.model import KindState
from orchestrator.core.policy import KindPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    shards: int
    max_instances: int
    resource_per_instance: int


def size_kind(
    count: int,
    state: KindState,
    policy: KindPolicy,
    *,
    max_instances: int | None = None,
    resource_per_instance: int | None = None,
    shards: int | None = None,
    demand: int = 0,
) -> Size | Refused:
    """Size a kind of ``count`` resources; what is not given keeps the value in force.

    By the rule of counting (``by_count``), or ``shards`` or ``demand`` (as many as the weights fill) where
    that is more. Where the measured load is
    followed, a kind keeps the number that it asked for last.
    """
    most = state.max_instances if max_instances is None else max_instances
    each = state.resource_per_instance if resource_per_instance is None else resource_per_instance
    faults = [
        *_fault("maxInstances", most, policy.min_max_instances, policy.max_max_instances),
        *_fault("resourcePerInstance", each, 1, policy.max_resource_per_instance),
    ]
    if faults:
        return Refused(detail="A value is out of its range; nothing was changed.", reasons=tuple(faults))
    needed = -(-count // each)
    if needed > most:
        return Refused(
            detail=f"{count} resources at {each} each need {needed} instances, the maximum is {most}.",
            reasons=(_way_out(count, most, policy),),
        )
    if shards is None and policy.elastic.mode is ElasticMode.ACT:
        shards = state.shards
    wanted = max(by_count(count, policy, most=most, each=each), min(most, max(shards or 0, demand)))
    return Size(shards=wanted, max_instances=most, resource_per_instance=each)


def by_count(count: int, policy: KindPolicy, *, most: int, each: int) -> int:
    """``count // resourcePerInstance + 1`` shards, at least ``initInstances``.

    Where that exceeds the maximum though the resources fit into it, the maximum.
    """
    return min(most, max(count // each + 1, policy.init_instances))


def _fault(name: str, value: int, least: int, most: int) -> list[str]:
    if least <= value <= most:
        return []
    return [f"{name} is {value}, allowed are whole numbers from {least} to {most}"]


def _way_out(count: int, most: int, policy: KindPolicy) -> str:
    smallest = -(-count // most)
    if smallest <= policy.max_resource_per_instance:
        return f"The smallest resourcePerInstance that fits is {smallest}."
    return (
        f"No resourcePerInstance up to {policy.max_resource_per_instance} fits into {most} instances;"
        f" at least {-(-count // policy.max_resource_per_instance)} are needed."
    )
