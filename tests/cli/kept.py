"""A shard that what carries assignments has to keep as it is: numbers of its own, and an id beyond ASCII."""

from __future__ import annotations

from orchestrator.core.model import Chunk, Instance, Shard

SHARD = Shard(
    number=4,
    capacity=(77,),
    generation=12,
    incarnation=9,
    instance=Instance.LIVE,
    chunks=(Chunk(ids=("a", "ü")),),
)
