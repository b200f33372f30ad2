"""The facade's part about recordings: a place to begin from, and all that was taken in since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.engine.answers.record import CheckpointTaken
from orchestrator.ports import Recorded


class RecordFacade(Protocol):
    """Methods that take a kind raise ``UnknownKind``; those that change something raise ``NotNow``."""

    async def checkpoint(self, kind: str, *, actor: str, dry_run: bool = False) -> CheckpointTaken:
        """Write the whole kind, as it is now, into the journal."""

    async def recorded(self, kind: str, *, after: int, limit: int) -> Sequence[Recorded]:
        """The journal of the kind after that sequence with payloads, oldest first. Raises Unavailable."""
