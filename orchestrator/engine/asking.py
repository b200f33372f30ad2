"""What a pass may take for known of its ids: the catalog's word, once weights and labels are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core.hints import Claim
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.traits import Traits
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable

UNREAD = "weights and labels are not known yet: this leader has not read the catalog in full"


async def ask(
    tenure: Tenure, hints: Mapping[str, Claim], free: Sequence[Freed]
) -> tuple[Mapping[str, Traits] | None, bool]:
    """Which of all these ids exist; (None, False) when the catalog cannot say.

    A lookup may answer before the listing does. It tells of the ids that were asked for, and not of those
    that stand already and keep them off a shard: until those are known it is as good as none.
    """
    ids = set(hints)
    for one in free:
        ids.update(one.ids)
    if not ids:
        return {}, True
    if not tenure.is_furnished:
        tenure.findings.trouble = UNREAD
        return None, False
    try:
        return await tenure.weighing.lookup(ids), True
    except Unavailable as error:
        tenure.findings.trouble = str(error)
        tenure.recorder.counters["catalog.unavailable"] += 1
        return None, False


def settled_on(tenure: Tenure, free: Sequence[Freed]) -> Sequence[Freed]:
    """Of the free ids those that may go on: while labels are not known only to where they were promised.

    The target was chosen by somebody who knew them; another one would be chosen blindly.
    """
    if tenure.is_furnished:
        return free
    active = {number for number, shard in tenure.view.shards.items() if shard.is_active}
    return [one for one in free if one.to is None or one.to in active]
