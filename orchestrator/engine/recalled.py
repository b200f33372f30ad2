"""What the facade says of a kind that is known from the store alone: no beats, no runtime, no audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.core.view import View
from orchestrator.engine.answers import InstanceStatus, KindStatus, ResourceStatus
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.setup import KindSetup
from orchestrator.engine.stored import UNKNOWN, stored_kind, stored_shard
from orchestrator.errors import Unavailable


def recalled_shards(setup: KindSetup, view: View) -> tuple[ShardStatus, ...]:
    return tuple(stored_shard(setup, view, shard) for _, shard in sorted(view.shards.items()))


def recalled_kind(setup: KindSetup, view: View, age: float) -> KindStatus:
    return replace(
        stored_kind(setup, view, recalled_shards(setup, view)),
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
