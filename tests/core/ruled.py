"""Worlds with rules of placement, and what must hold of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from orchestrator.core.decisions import Refused
from orchestrator.core.hints import Claim, Outcome
from orchestrator.core.model import ONE, KindState, Labels, Vector
from orchestrator.core.placement.pinning import set_pin
from orchestrator.core.placement.rule_policy import RulePolicy
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import label
from tests.core.worlds import World


def ruled(
    rules: RulePolicy | None = None,
    *,
    shards: int = 3,
    each: int = 6,
    most: int | None = None,
    extra: Vector = (),
) -> World:
    """A kind without ids, with so many shards."""
    names = tuple(f"d{n}" for n in range(1, len(extra) + 1))
    policy = KindPolicy(
        init_instances=shards,
        chunk_size=4,
        dimensions=names,
        extra_capacity=extra,
        rules=rules or RulePolicy(),
    )
    state = KindState(kind="Thing", resource_per_instance=each, max_instances=most or shards)
    world = World(policy=policy, state=state, dimensions=1 + len(extra))
    world.orchestrate()
    world.settle()
    return world


def create(world: World, resource_id: str, weight: Vector = ONE, **labels: str) -> Outcome:
    """The catalog lists the id, and somebody says so."""
    world.add(resource_id, weight=weight, **labels)
    return world.reconcile({resource_id: Claim.CREATED})


def pin(world: World, resource_id: str, number: int | None) -> Refused | None:
    draft = world.draft()
    refused = set_pin(draft, resource_id, number)
    if refused is None:
        world.commit(draft.plan())
    return refused


def shard_of(world: World, resource_id: str) -> int | None:
    place = world.view.index.get(resource_id)
    return None if place is None else place.shard


def shard_labels(world: World, number: int) -> Labels:
    return world.view.shards[number].labels


def groups(world: World, name: str) -> Mapping[str, Counter[int]]:
    """By value of a label, how many ids each shard owns."""
    found: dict[str, Counter[int]] = {}
    for number, shard in world.view.shards.items():
        for resource_id in shard.ids():
            value = label(world.labels.get(resource_id, ()), name)
            if value is not None:
                found.setdefault(value, Counter())[number] += 1
    return found
