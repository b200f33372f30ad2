"""What the engine answers about its recording."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.engine.answers.record import CheckpointTaken
from orchestrator.engine.holdings import Holdings
from orchestrator.ports import Recorded


class RecordFront(Holdings):
    """The facade's part about recordings (``orchestrator.engine.facade.record``)."""

    async def checkpoint(self, kind: str, *, actor: str, dry_run: bool = False) -> CheckpointTaken:
        if dry_run:
            tenure = self._changeable(kind).tenure
            return CheckpointTaken(kind=kind, name="", ids=tenure.view.count())
        return self._changeable(kind).tenure.record.checkpoint(actor)

    async def recorded(self, kind: str, *, after: int, limit: int) -> Sequence[Recorded]:
        self._setup(kind)
        return await self._patience.wait(self._journal.recorded(kind, after=after, limit=limit))
