"""Orchestrations as seed 004 spells them out, and what they answer beyond that."""

from __future__ import annotations

from pydantic import Field

from api.shapes.base import Shape, Text, Wish
from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers import KindStatus, OrchestrationSummary

_LIMITS = KindPolicy()


class OrchestrationWish(Wish):
    """The body of an orchestration; what is absent or null keeps the value in force."""

    # The bounds are the engine's to check, since they can differ from kind to kind.
    max_instances: int | None = Field(
        default=None,
        description=f"a whole number from {_LIMITS.min_max_instances} to the kind's ceiling.instances "
        f"({_LIMITS.max_max_instances} where it is not set)",
    )
    resource_per_instance: int | None = Field(
        default=None,
        description="a whole number from 1 to the kind's ceiling.resources "
        f"({_LIMITS.max_resource_per_instance} where it is not set)",
    )


class BeforeAfter(Shape):
    before: int
    after: int


class Spread(Shape):
    """The smallest and the largest number of ids on a shard."""

    before: tuple[int, int]
    after: tuple[int, int]


class PairOfShards(Shape):
    from_: int = Field(alias="from")
    to: int
    count: int


class OrchestrationShape(Shape):
    """What an orchestration does, or would do when ``dryRun``."""

    plan_id: str | None
    dry_run: bool
    changed: bool
    resource: Text
    count: int
    max_instances: int
    resource_per_instance: int
    shards: BeforeAfter
    moves: int
    moves_by_pair: tuple[PairOfShards, ...]
    created: tuple[int, ...]
    draining: tuple[int, ...]
    held: int
    placed: int
    load: Spread
    reason: Text


class OrchestratedInstance(Shape):
    """A shard in the seed's words; ``times`` is its generation."""

    id: int
    name: Text
    used: int
    count: int
    times: int
    state: str
    incarnation: int
    releasing: int


class OrchestratedShape(Shape):
    """A kind in the seed's words; ``count`` null: the catalog was not read yet."""

    resource: Text
    count: int | None
    max_instances: int
    resource_per_instance: int
    init_instances: int
    orchestrating: bool
    instances: tuple[OrchestratedInstance, ...]


class RunInShape(Shape):
    """Where a resource runs; ``runIn`` null: nowhere, and ``reason`` says why.

    ``since`` (seconds of the epoch) and ``reason`` are read from the history only with ``?why=true``.
    """

    run_in: Text | None
    shard: int | None
    incarnation: int | None
    state: str
    since: float | None
    reason: Text | None = None


def outcome(resource: str, held: int, summary: OrchestrationSummary) -> OrchestrationShape:
    """``held``: removals of the kind that wait for a person, which an orchestration leaves alone."""
    return OrchestrationShape(
        plan_id=summary.plan_id,
        dry_run=summary.dry_run,
        changed=summary.changed,
        resource=resource,
        count=summary.count,
        max_instances=summary.max_instances,
        resource_per_instance=summary.resource_per_instance,
        shards=BeforeAfter(before=summary.shards_before, after=summary.shards_after),
        moves=summary.moves,
        moves_by_pair=tuple(
            PairOfShards.of({"from": source, "to": to, "count": count})
            for source, to, count in summary.moves_by_pair
        ),
        created=summary.created,
        draining=summary.draining,
        held=held,
        placed=summary.placed,
        load=Spread(before=summary.load_before, after=summary.load_after),
        reason=summary.reason,
    )


def in_seed_words(kind: KindStatus) -> OrchestratedShape:
    return OrchestratedShape(
        resource=kind.kind,
        count=kind.counts.catalog,
        max_instances=kind.max_instances,
        resource_per_instance=kind.resource_per_instance,
        init_instances=kind.init_instances,
        orchestrating=kind.orchestrating,
        instances=tuple(
            OrchestratedInstance(
                id=shard.number,
                name=shard.name,
                used=shard.used,
                count=shard.count,
                times=shard.generation,
                state=shard.state,
                incarnation=shard.incarnation,
                releasing=shard.releasing,
            )
            for shard in sorted(kind.shards, key=lambda shard: shard.number)
        ),
    )
