"""What becomes of ids that somebody told us to look at, once the catalog has been asked.

A hint never says what is so: the catalog does. A hint that contradicts it is looked at again later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import id_fault
from orchestrator.core.placement.choosing import why_nowhere
from orchestrator.core.placement.placement import place
from orchestrator.core.placement.rules import Rule, pins_of
from orchestrator.core.poison.quarantine import is_quarantined
from orchestrator.core.policy import Limits
from orchestrator.core.removal import allowance, is_wipe, spend
from orchestrator.core.standing import Place
from orchestrator.core.traits import Traits


class Claim(StrEnum):
    """What a hint says of an id. ``FOUND``: a resync saw a difference; ``ACCEPTED``: a person agreed."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    FOUND = "found"
    AGAIN = "again"
    ACCEPTED = "accepted"


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What could not be done at once: ids to look at again, ids held, ids that nothing owns (with why).

    ``details``: why exactly nothing owns it, for those of which there is more to say than the reason does.
    """

    again: dict[str, Claim] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    held_reason: str = ""
    unplaced: dict[str, Reason] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    placed: list[str] = field(default_factory=list)

    def nowhere(self, draft: Draft, ids: Sequence[str]) -> None:
        """No shard takes these: say which rule keeps each off them."""
        known: dict[tuple[object, ...], Rule] = {}
        for resource_id in ids:
            alike = draft.weight(resource_id), draft.labels(resource_id), pins_of(draft).get(resource_id)
            rule = known.get(alike)
            if rule is None:
                rule = known[alike] = why_nowhere(draft, resource_id)
            self.unplaced[resource_id] = rule.reason
            self.details[resource_id] = rule.sentence


def plan_hints(
    draft: Draft,
    hints: Mapping[str, Claim],
    present: Mapping[str, Traits],
    limits: Limits,
    *,
    wall: float,
) -> Outcome:
    """Place what is present and nowhere, release what is absent and owned.

    ``present``: which of the hinted ids the catalog lists, with their weights and labels.
    """
    outcome = Outcome()
    draft.learn({i: traits for i, traits in present.items() if i in hints})
    create: list[str] = []
    found: list[str] = []
    accepted: list[str] = []
    witnessed: list[str] = []
    alone: list[str] = []
    for resource_id, claim in hints.items():
        standing = draft.place_of(resource_id)
        if resource_id in present:
            _sort_present(outcome, draft, resource_id, claim, standing, create, found)
        elif standing is None:
            if claim is Claim.FOUND and id_fault(resource_id) is not None:
                # The listing names it, though no catalog can be asked for such an id alone.
                outcome.unplaced[resource_id] = Reason.UNFIT_ID
            elif claim in (Claim.CREATED, Claim.UPDATED):
                outcome.again[resource_id] = claim
        elif draft.is_owned(resource_id):
            witness = {Claim.ACCEPTED: accepted, Claim.DELETED: witnessed}
            witness.get(claim, alone).append(resource_id)
            if claim in (Claim.CREATED, Claim.UPDATED):
                outcome.again[resource_id] = claim
    for ids, reason in ((create, Reason.CREATED), (found, Reason.FOUND_UNOWNED)):
        if ids:
            if ids is found and create:
                draft.cut()
            left = place(draft, ids, reason, shards_a_transaction=limits.shards_for_new_ids)
            outcome.nowhere(draft, left)
            nowhere = set(left)
            outcome.placed.extend(i for i in ids if i not in nowhere)
    release_deleted(draft, accepted, Reason.OPERATOR)
    _remove(draft, outcome, witnessed, alone, wall=wall)
    return outcome


def _sort_present(
    outcome: Outcome,
    draft: Draft,
    resource_id: str,
    claim: Claim,
    standing: Place | None,
    create: list[str],
    found: list[str],
) -> None:
    if claim is Claim.DELETED:
        outcome.again[resource_id] = claim
    if standing is not None:
        if not draft.is_owned(resource_id) and _is_deleted(draft, standing, resource_id):
            outcome.unplaced[resource_id] = Reason.AWAITING_RELEASE
        return
    if id_fault(resource_id) is not None:
        outcome.unplaced[resource_id] = Reason.UNFIT_ID
    elif is_quarantined(draft, resource_id):
        outcome.unplaced[resource_id] = Reason.QUARANTINED
    elif claim is Claim.FOUND:
        found.append(resource_id)
    else:
        create.append(resource_id)


def _is_deleted(draft: Draft, standing: Place, resource_id: str) -> bool:
    chunk = draft.existing(standing.shard).chunks[standing.chunk]
    return any(entry.to is None and resource_id in entry.ids for entry in chunk.releasing)


def _remove(
    draft: Draft,
    outcome: Outcome,
    witnessed: Sequence[str],
    alone: Sequence[str],
    *,
    wall: float,
) -> None:
    """Release deleted ids: with two witnesses at once, on the catalog's word alone within the budget."""
    total = draft.total()
    if is_wipe(len(witnessed) + len(alone), total, draft.policy):
        outcome.held.extend([*witnessed, *alone])
        outcome.held_reason = f"one pass would remove {len(witnessed) + len(alone)} of {total}"
        return
    free = allowance(draft.state.removal_budget, total, draft.policy, wall=wall)
    within, beyond = alone[:free], alone[free:]
    if beyond:
        outcome.held.extend(beyond)
        outcome.held_reason = "the catalog alone says so, and the budget of such removals is spent"
    release_deleted(draft, witnessed, Reason.DELETED)
    if within:
        # the budget is spent in the transaction that releases, or a crash between them would renew it
        draft.amend_state(
            removal_budget=spend(draft.state.removal_budget, len(within), draft.policy, wall=wall)
        )
        release_deleted(draft, within, Reason.FOUND_DELETED)


def release_deleted(draft: Draft, ids: Collection[str], reason: Reason) -> None:
    """Have the owners of these ids let go of them for good.

    A doubled id that has just lost its second place keeps the one that is left.
    """
    by_shard: dict[int, list[str]] = {}
    for resource_id in ids:
        standing = draft.place_of(resource_id)
        is_single = reason is Reason.DOUBLED and not draft.is_doubled(resource_id)
        if standing is not None and not is_single:
            by_shard.setdefault(standing.shard, []).append(resource_id)
    for number, block in sorted(by_shard.items()):
        draft.release(number, block, None, reason)
