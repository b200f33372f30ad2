"""What people may ask of where ids stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.placement import Pinned
from orchestrator.engine.answers.shard import ShardStatus


class PlacementFacade(Protocol):
    """Raises as the rest of the facade does."""

    def pins(self, kind: str) -> Sequence[Pinned]:
        """The pinned ids, by id."""

    async def pin(
        self, kind: str, resource_id: str, *, shard: int, actor: str, dry_run: bool = False
    ) -> Pinned | Refused | None:
        """Pin an id to a shard, which may be full or not there yet; None: the catalog does not list it."""

    async def unpin(self, kind: str, resource_id: str, *, actor: str, dry_run: bool = False) -> bool:
        """Pin an id nowhere any more; False: it was not pinned."""

    async def set_shard(
        self,
        kind: str,
        shard: int,
        *,
        labels: Mapping[str, str | None],
        capacity: Mapping[str, int | None],
        actor: str,
        dry_run: bool = False,
    ) -> ShardStatus | Refused | None:
        """Change labels and bounds of a shard; None takes one away. Returns None: no such shard."""
