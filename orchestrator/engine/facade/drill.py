"""The facade's part about drills: an instance restarted or killed, the office given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.drill import Struck


class DrillFacade(Protocol):
    """Methods that take a kind raise ``UnknownKind``; all raise ``NotNow``."""

    async def restart(
        self, kind: str, shard: int, *, incarnation: int | None, actor: str, dry_run: bool = False
    ) -> Struck | Refused:
        """Have the shard's instance replaced in good order; ``incarnation``: only if it is that one.

        Returns when the store says that it is to end.
        """

    async def kill(
        self, kind: str, shards: Sequence[int], *, actor: str, dry_run: bool = False
    ) -> Sequence[Struck] | Refused:
        """End the instances of these shards without grace or a word to the store, as a crash would."""

    async def zone(self, kind: str, label: str, value: str) -> Sequence[int]:
        """The shards whose label has this value, ascending."""

    async def make_room(self, *, actor: str, dry_run: bool = False) -> None:
        """Give the office up in good order; another server takes it, or this one again."""
