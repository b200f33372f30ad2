"""What people wish of where ids stand, as the kind's one writer carries it out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.core.decisions import Refused
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim
from orchestrator.engine.tenure import Tenure


@dataclass(slots=True, kw_only=True)
class Amend:
    """``change`` makes the wish part of a draft, or says why not. ``answer``: whether it was done."""

    answer: asyncio.Future[bool | Refused]
    actor: str
    change: Callable[[Draft], Refused | None]

    async def carry_out(self, tenure: Tenure) -> bool | Refused | None:
        draft = tenure.draft()
        try:
            refused = self.change(draft)
        except ValueError as error:
            refused = Refused(detail=f"This cannot be written: {error}.")
        if refused is not None:
            return refused
        if not await tenure.commit(draft.plan(), self.actor):
            return None
        # what has no place may have one now
        tenure.inbox.hint(tenure.findings.unplaced, Claim.FOUND)
        return True
