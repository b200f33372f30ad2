"""One pass over the ids of a kind: free ones go on, doubled ones are repaired, hinted ones are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim, Outcome, plan_hints, release_deleted
from orchestrator.core.moves.handoff import Freed, settle
from orchestrator.core.poison.quarantine import apart
from orchestrator.core.policy import Limits
from orchestrator.core.traits import Traits
from orchestrator.core.view import View


def plan_ids(
    draft: Draft,
    view: View,
    free: Sequence[Freed],
    hints: Mapping[str, Claim],
    present: Mapping[str, Traits] | None,
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
    outcome.nowhere(draft, homeless)
    if present and (kept_out := apart(draft)):
        let_go = (i for one in free for i in one.ids if i in kept_out and i in present)
        outcome.unplaced.update((i, Reason.QUARANTINED) for i in let_go if draft.place_of(i) is None)
    return outcome
