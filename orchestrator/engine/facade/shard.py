"""The facade: one shard in full, and what is on its way between shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.instance import Drainable, InstanceDetail, MovesStatus, ShardDetail


class ShardFacade(Protocol):
    """Methods that take a kind raise ``UnknownKind``; those that change something raise ``NotNow``.

    With no leader, those that read answer what the store holds.
    """

    def moves_under_way(self, kind: str) -> MovesStatus: ...
    def shard_detail(self, kind: str, shard: int) -> ShardDetail | None:
        """None: there is no such shard."""

    def instance_detail(self, kind: str, shard: int) -> InstanceDetail | None:
        """None: there is no such shard."""

    async def drain(
        self, kind: str, shard: int, *, actor: str, dry_run: bool = False
    ) -> Drainable | Refused | None:
        """Have the shard hand its ids to the others and end; None: there is no such shard."""

    async def undrain(
        self, kind: str, shard: int, *, actor: str, dry_run: bool = False
    ) -> Drainable | Refused | None:
        """Have a shard that is being drained stay with what it still has; None: there is no such shard."""

    async def previous_logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str] | None:
        """The last lines of the instance before this one; None: the runtime keeps nothing of that."""
