"""What the store alone says of a kind and its shards: what its leader knows beyond that is filled in."""

from __future__ import annotations

from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.view import View
from orchestrator.engine.answers import Counts, KindStatus
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.poison.apart import nowhere
from orchestrator.engine.setup import KindSetup

UNKNOWN = "unknown"


def stored_shard(setup: KindSetup, view: View, shard: Shard) -> ShardStatus:
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
        # who acknowledged what only a leader hears
        arriving=load.used[0],
        state=shard.state.value,
        instance=shard.instance.value,
        incarnation=shard.incarnation,
        revision=shard.revision,
        health="stopping" if shard.instance is Instance.STOPPING else UNKNOWN,
        beat_age=None,
        since=None,
        labels=dict(shard.labels),
        capacity=dict(zip(("count", *setup.policy.dimensions), shard.capacity, strict=False)),
        bounds=dict(shard.bounds),
    )


def stored_kind(setup: KindSetup, view: View, shards: tuple[ShardStatus, ...]) -> KindStatus:
    state = view.state
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
        counts=Counts(
            catalog=None,
            owned=0,
            arriving=sum(shard.used for shard in shards),
            moving=moving,
            held=0,
            unowned=0,
            deleting=max(0, leaving - moving),
            quarantined=len(nowhere(view)),
        ),
        shards=shards,
        held=None,
        unplaced=(),
        audited_age=None,
        place=state.place,
    )
