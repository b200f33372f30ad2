"""What must be known before ids are placed: what they weigh, their labels, and what each shard holds."""

from __future__ import annotations

import asyncio

import structlog

from orchestrator.core.decisions import Decision, Reason
from orchestrator.core.learning import describe
from orchestrator.core.placement.growing import complete
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable

log = structlog.get_logger()

LISTED_WITHIN_S = 30.0


async def furnish(tenure: Tenure) -> None:
    """Have the shards know every dimension and label of the settings, and the ids be known by theirs.

    Where the catalog does not answer, the next resync makes up for it: until then nothing is placed, even
    where a lookup answers before. Raises Unavailable, NotNow.
    """
    await _complete(tenure)
    if tenure.is_furnished:
        return
    try:
        async with asyncio.timeout(LISTED_WITHIN_S):
            listing = await tenure.weighing.listing()
    except (Unavailable, TimeoutError) as error:
        log.warning("weights and labels are not known yet", kind=tenure.setup.kind, error=str(error))
        return
    tenure.findings.doubt(listing.doubts, listing.doubtful)
    for _ in describe(tenure.view, listing.ids, listing.weights, listing.labels):
        await asyncio.sleep(0)
    read_in_full(tenure)


def read_in_full(tenure: Tenure) -> None:
    """The ids are known by what the catalog says of them: what waited for it goes on."""
    if not tenure.is_furnished:
        tenure.is_furnished = True
        tenure.inbox.wake()


async def _complete(tenure: Tenure) -> None:
    while True:
        draft = tenure.draft()
        changed = complete(draft)
        if not changed:
            return
        shown = ", ".join(map(str, changed[:20])) + (", ..." if len(changed) > 20 else "")
        detail = f"shards {shown} lacked a dimension or a label of the settings"
        draft.decide(Decision(verb="refit", reason=Reason.RELABELLED, count=len(changed), detail=detail))
        if await tenure.commit(draft.plan()):
            return
