"""The end of one shard, as the kind's one writer begins it; the orchestration that follows carries it out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from orchestrator.core.balance.draining import Drain, plan_drain, plan_undrain
from orchestrator.core.decisions import Refused
from orchestrator.core.draft import Draft
from orchestrator.core.placement.rules import is_ruled
from orchestrator.engine.tenure import Tenure

LARGE = 500
"""Ids of a shard beyond which rules are asked away from the event loop."""


@dataclass(slots=True, kw_only=True)
class DrainErrand:
    """``back``: the shard is to stay after all. ``answer``: None where it is not there any more."""

    answer: asyncio.Future[Drain | Refused | bool]
    actor: str
    shard: int
    back: bool = False
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> Drain | Refused | bool | None:
        shard = tenure.shard(self.shard)
        if shard is None:
            return False
        draft = tenure.draft()
        try:
            if is_ruled(draft) and shard.used > LARGE:
                done: Drain | Refused = await tenure.around.offload(lambda: self._plan(tenure, draft))
            else:
                done = self._plan(tenure, draft)
        except ValueError as error:
            return Refused(detail=f"This cannot be written: {error}.")
        if isinstance(done, Refused) or self.dry_run:
            return done
        if not await tenure.commit(draft.plan(), self.actor):
            return None
        # no recorded input says this: a replay goes on from how the kind is now
        tenure.beside("record", tenure.record.checkpoint, self.actor)
        return done

    def _plan(self, tenure: Tenure, draft: Draft) -> Drain | Refused:
        if self.back:
            return plan_undrain(draft, self.shard)
        return plan_drain(draft, self.shard, tenure.around.name("drain"))
