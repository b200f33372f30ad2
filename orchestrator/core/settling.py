"""One pass over the ids of a kind: free ones go on, doubled ones are repaired, hinted ones are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core.draft import Draft
from orchestrator.core.handoff import Freed, settle
from orchestrator.core.hints import Claim, Outcome, plan_hints, release_deleted
from orchestrator.core.model import Vector
from orchestrator.core.plan import Reason
from orchestrator.core.policy import Limits
from orchestrator.core.view import View


def plan_ids(
    draft: Draft,
    view: View,
    free: Sequence[Freed],
    hints: Mapping[str, Claim],
    present: Mapping[str, Vector] | None,
    limits: Limits,
    *,
    wall: float,
) -> Outcome:
    """``view``: what the draft began from. ``present``: those of all these ids that the catalog lists,
    None when it could not be read: then no hint is followed.
    """
    homeless = settle(draft, free, present)
    doubled = [i for i in view.duplicates if draft.is_owned(i)]
    release_deleted(draft, doubled, Reason.DOUBLED)
    outcome = Outcome()
    if hints and present is not None:
        outcome = plan_hints(draft, hints, present, limits, wall=wall)
    outcome.unplaced.update(dict.fromkeys(homeless, Reason.NO_ROOM))
    return outcome
