"""What the facade says of a kind that is known from the store alone: no beats, no runtime, no audit."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.view import View
from orchestrator.engine.answers import Counts, InstanceStatus, KindStatus, ResourceStatus, ShardStatus
from orchestrator.engine.setup import KindSetup
from orchestrator.errors import Unavailable

UNKNOWN = "unknown"


def recalled_shards(setup: KindSetup, view: View) -> Sequence[ShardStatus]:
    return tuple(_shard(setup, view, shard) for _, shard in sorted(view.shards.items()))


def recalled_kind(setup: KindSetup, view: View, age: float) -> KindStatus:
    state, shards = view.state, tuple(recalled_shards(setup, view))
    moving = sum(view.load(number).reserved[0] for number in view.shards)
    leaving = sum(shard.releasing for shard in shards)
    return KindStatus(
        kind=setup.kind,
        instance_name=setup.instance_name,
        protocol=setup.policy.protocol.value,
        exclusive=setup.policy.protocol is Protocol.V1,
        ready=False,
        paused=state.paused,
        orchestrating=state.rebalance is not None,
        plan_id=state.rebalance.id if state.rebalance else None,
        commit=state.commit,
        shards_wanted=state.shards,
        init_instances=setup.policy.init_instances,
        max_instances=state.max_instances,
        resource_per_instance=state.resource_per_instance,
        # who acknowledged what only a leader hears
        counts=Counts(
            catalog=None,
            owned=0,
            arriving=sum(shard.used for shard in shards),
            moving=moving,
            held=0,
            unowned=0,
            deleting=max(0, leaving - moving),
        ),
        shards=shards,
        held=None,
        unplaced=(),
        audited_age=None,
        alarms=(f"nobody leads: this is what the store held {age:.1f} s ago",),
        age=age,
    )


def recalled_instances(setup: KindSetup, view: View) -> Sequence[InstanceStatus]:
    return [
        InstanceStatus(
            kind=shard.kind,
            shard=shard.number,
            name=shard.name,
            incarnation=shard.incarnation,
            state=shard.instance,
            phase=UNKNOWN,
            health=shard.health,
            uid="",
            since=None,
            beat_age=None,
            detail="",
        )
        for shard in recalled_shards(setup, view)
    ]


async def recalled_resource(setup: KindSetup, view: View, resource_id: str) -> ResourceStatus | None:
    """None when neither the catalog nor the store knows the id."""
    place = view.index.get(resource_id)
    try:
        in_catalog: bool | None = resource_id in await setup.catalog.lookup(setup.kind, [resource_id])
    except Unavailable:
        in_catalog = None
    if place is None and in_catalog is False:
        return None
    shard = None if place is None else view.shards[place.shard]
    entry = None
    if shard is not None and place is not None:
        chunk = shard.chunks[place.chunk]
        entry = next((one for one in chunk.releasing if resource_id in one.ids), None)
    state = "unowned" if shard is None else "arriving"
    if entry is not None:
        state = "deleting" if entry.to is None else "moving"
    return ResourceStatus(
        kind=setup.kind,
        id=resource_id,
        state=state,
        shard=None if shard is None else shard.number,
        run_in=None if shard is None else f"{setup.instance_name}-{shard.number}",
        incarnation=None if shard is None else shard.incarnation,
        generation=None if shard is None else shard.generation,
        acknowledged=None,
        to=None if entry is None else entry.to,
        since=None,
        reason=UNKNOWN,
        detail="Nobody leads: the store says where it belongs, not whether its owner has heard of it.",
        in_catalog=in_catalog,
    )


def _shard(setup: KindSetup, view: View, shard: Shard) -> ShardStatus:
    load = view.load(shard.number)
    return ShardStatus(
        kind=setup.kind,
        number=shard.number,
        name=f"{setup.instance_name}-{shard.number}",
        used=load.used[0],
        count=shard.capacity[0],
        generation=shard.generation,
        acknowledged=None,
        releasing=load.leaving[0],
        arriving=load.used[0],
        state=shard.state.value,
        instance=shard.instance.value,
        incarnation=shard.incarnation,
        revision=shard.revision,
        health="stopping" if shard.instance is Instance.STOPPING else UNKNOWN,
        beat_age=None,
        since=None,
    )
