"""Carry out the orchestrations that people asked for, in turn; the later one supersedes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from orchestrator.core.balance.orchestration import Goal, plan_orchestration
from orchestrator.core.decisions import Plan, Reason, Refused
from orchestrator.core.learning import describe
from orchestrator.core.model import are_plain, id_fault
from orchestrator.core.plans.figures import exceeds_blast_radius, moves_of, take_stock
from orchestrator.core.plans.proposal import plan_id
from orchestrator.core.plans.proposing import Asked, Made, next_number, proposal_of
from orchestrator.core.traits import Traits
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.engine.inbox import OrchestrateWish
from orchestrator.engine.plans.course import Course
from orchestrator.engine.plans.making import dimension_names, file_applied, file_proposed
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable
from orchestrator.ports import Listing

log = structlog.get_logger()

STEP = 20_000


async def answer_wishes(tenure: Tenure, course: Course, wishes: list[OrchestrateWish]) -> bool:
    """Answer each wish, taking it off the list; False when the view was loaded anew in between.

    Raises Unavailable when the catalog cannot be read: sizing on less than all of it would be a guess.
    """
    listing = await tenure.weighing.listing()
    while wishes:
        wish = wishes[0]
        if wish.answer.done():
            # Nobody waits for it any more.
            wishes.pop(0)
            continue
        answer = await _carry_out(tenure, course, wish, listing)
        if answer is None:
            return False
        wishes.pop(0)
        if not wish.answer.done():
            wish.answer.set_result(answer)
    return True


async def _carry_out(
    tenure: Tenure, course: Course, wish: OrchestrateWish, listing: Listing
) -> OrchestrationSummary | Refused | None:
    number = next_number(tenure.view)
    # nothing is to be found under the number that a trial run would have had
    name = tenure.around.name("p") if wish.dry_run else plan_id(number)
    changed: dict[str, Traits] = {}
    fresh: list[str] = []
    wall = tenure.around.clock.wall()

    def plan() -> tuple[Goal | Refused, Plan, Made | None]:
        fresh.extend(fresh_ids(tenure, listing, changed))
        draft = tenure.draft()
        before = take_stock(draft)
        asked = Asked(
            number=number,
            actor=wish.actor,
            wall=wall,
            count=len(listing.ids),
            fresh=fresh,
            measured=tenure.hand_offs.middle(),
            dimensions=dimension_names(tenure.setup),
        )
        goal = plan_orchestration(
            draft,
            fresh,
            len(listing.ids),
            name,
            max_instances=wish.max_instances,
            resource_per_instance=wish.resource_per_instance,
            shards=wish.shards,
        )
        made = draft.plan()
        if isinstance(goal, Refused) or not goal.changed or wish.dry_run:
            return goal, made, None
        # the draft goes on from here, but only to find the moves
        return goal, made, proposal_of(tenure.view, draft, goal, before, asked)

    goal, made, proposed = await tenure.around.offload(plan)
    tenure.beside("record", tenure.record.weighed, changed)
    if isinstance(goal, Refused):
        return goal
    summary = _summary(tenure, wish, goal, name, len(listing.ids))
    if (refused := await lacking_room(tenure, len(goal.created))) is not None:
        return refused
    if proposed is None:
        return summary
    proposal, policy = proposed[0], tenure.setup.policy
    is_wide = exceeds_blast_radius(policy, proposal.moves, proposal.standing)
    if is_wide and not _is_named(tenure, wish):
        return await _to_be_named(tenure, proposed, wish.actor)
    _record(tenure, wish, name, fresh, len(listing.ids))
    if not await tenure.commit(made, wish.actor):
        return None
    if not await file_applied(tenure, course, proposed, wish.actor):
        return None
    tenure.inbox.wake()
    return summary


def _is_named(tenure: Tenure, wish: OrchestrateWish) -> bool:
    """Whether whoever asked has said what is to happen, and not only that something is."""
    if wish.is_named or wish.shards is not None:
        return True
    sizes = (wish.max_instances, wish.resource_per_instance)
    return any(size is not None for size in sizes) and not tenure.setup.policy.blast_covers_sized


async def _to_be_named(tenure: Tenure, proposed: Made, actor: str) -> Refused | None:
    """Keep what was computed as a plan, and say how it is applied."""
    proposal, _ = proposed
    kind, number, policy = tenure.setup.kind, proposal.number, tenure.setup.policy
    share = f"{moves_of(proposal.moves, proposal.standing)} of {kind} would move"
    refused = Refused(
        reason=Reason.BLAST_RADIUS,
        detail=f"{share}, more than {policy.blast_radius:.0%}; nothing was changed. Plan {number} has it.",
        reasons=(
            f"To look at it: shardwright plan show {kind} {number}",
            f"To carry it out: shardwright apply {kind} {number}",
        ),
        plan=number,
    )
    try:
        return None if await file_proposed(tenure, proposed, actor) is None else refused
    except ValueError as error:
        told = (f"It cannot be kept as a plan: {error}.",)
        return replace(refused, detail=f"{share}; nothing was changed.", reasons=told, plan=None)


def fresh_ids(tenure: Tenure, listing: Listing, changed: dict[str, Traits]) -> list[str]:
    """The ids of the catalog that stand nowhere, after the view has learnt what the catalog says of all.

    ``changed``: gets those of which it says something else than it did.
    """
    for _ in describe(tenure.view, listing.ids, listing.weights, listing.labels, changed):
        pass
    # from a thread nobody is woken: the pass that asked for it goes on, and later ones come of their own
    tenure.is_furnished = True
    index = tenure.view.index
    fresh: list[str] = []
    for start in range(0, len(listing.ids), STEP):
        step = listing.ids[start : start + STEP]
        if index:
            step = [i for i in step if i not in index]
        fresh.extend(step if are_plain(step) else [i for i in step if not id_fault(i)])
    return fresh


def _record(tenure: Tenure, wish: OrchestrateWish, plan_id: str, fresh: Sequence[str], count: int) -> None:
    """What is to be carried out, before any of it is written."""
    asked = {
        "max_instances": wish.max_instances,
        "resource_per_instance": wish.resource_per_instance,
        "shards": wish.shards,
    }
    tenure.beside("record", tenure.record.wished, plan_id, tuple(fresh), count, wish.actor, **asked)


async def lacking_room(tenure: Tenure, more: int) -> Refused | None:
    """Whether the runtime would not let so many more instances in; not knowing is no reason to refuse."""
    if not more:
        return None
    setup = tenure.setup
    try:
        reasons = await setup.runtime.lacking_room(setup.kind, setup.template, more)
    except Unavailable as error:
        log.warning("room not known", kind=setup.kind, instances=more, error=str(error))
        return None
    if not reasons:
        return None
    return Refused(
        reason=Reason.NO_PLACE,
        detail=f"{more} more instances of {setup.kind} would not be let in; nothing was changed.",
        reasons=tuple(reasons),
    )


def _summary(
    tenure: Tenure, wish: OrchestrateWish, goal: Goal, plan_id: str, count: int
) -> OrchestrationSummary:
    return OrchestrationSummary(
        plan_id=plan_id if goal.changed else None,
        dry_run=wish.dry_run,
        changed=goal.changed,
        shards_before=goal.shards_before,
        shards_after=goal.size.shards,
        created=goal.created,
        draining=goal.draining,
        moves=goal.moved,
        moves_by_pair=goal.moves,
        placed=goal.placed,
        load_before=goal.load_before,
        load_after=goal.load_after,
        max_instances=goal.size.max_instances,
        resource_per_instance=goal.size.resource_per_instance,
        count=count,
        reason=(Reason.ORCHESTRATED if goal.changed else Reason.UNCHANGED).value,
    )
