"""A kind whose shards were written by the seed's orchestrator, taken over as it stands."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.decisions import Decision, Reason, Transaction
from orchestrator.core.model import Instance, Revision
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.errors import Permanent
from orchestrator.ports import Loaded


def is_unclaimed(loaded: Loaded) -> bool:
    """Whether there are shards and no desired state, as only the seed's orchestrator leaves them.

    Raises Permanent where the state is gone though the shards are ours: what it held is not known.
    """
    if loaded.state.version >= 0:
        return False
    ours = [
        number
        for number, shard in loaded.shards.items()
        if shard.op or shard.incarnation or shard.instance is not Instance.NONE
    ]
    if ours:
        raise Permanent(
            f"the desired state of {loaded.state.kind} is gone from the store, though its shard {ours[0]}"
            " was written by this product: put it back from a copy, or import an export into an empty store"
        )
    return True


def adopting(setup: KindSetup, around: Surroundings, found: Loaded, revision: Revision) -> Transaction:
    """Claims the kind and changes no shard: every id, count and generation stays as it is.

    The shards have no instance that we know: each gets one, with its first incarnation, as soon as
    the runtime has no other under its name.
    """
    ids = sum(shard.used for shard in found.shards.values())
    return Transaction(
        op=around.name("op"),
        before=found.state,
        after=replace(
            found.state,
            commit=1,
            version=0,
            shards=len(found.shards),
            resource_per_instance=setup.resource_per_instance,
            max_instances=setup.max_instances,
            revision=revision.number,
            store_id=around.store_id,
        ),
        revision=revision,
        decisions=(
            Decision(
                verb="adopt",
                reason=Reason.ADOPTED,
                count=ids,
                detail=f"{len(found.shards)} shards of the seed's orchestrator, as they stand",
            ),
        ),
    )
