"""Carry out the orchestrations that people asked for, in turn; the later one supersedes."""

from __future__ import annotations

import structlog

from orchestrator.core.model import are_plain, id_fault
from orchestrator.core.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.plan import Plan, Reason, Refused
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.engine.inbox import OrchestrateWish
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable
from orchestrator.ports import Listing

log = structlog.get_logger()

STEP = 20_000


async def answer_wishes(tenure: Tenure, wishes: list[OrchestrateWish]) -> bool:
    """Answer each wish, taking it off the list; False when the view was loaded anew in between.

    Raises Unavailable when the catalog cannot be read: sizing on less than all of it would be a guess.
    """
    listing = await tenure.setup.catalog.listing(tenure.setup.kind)
    while wishes:
        wish = wishes[0]
        if wish.answer.done():
            # Nobody waits for it any more.
            wishes.pop(0)
            continue
        if not wish.dry_run:
            tenure.recorder.input(tenure.setup.kind, "orchestrate", len(listing.ids), actor=wish.actor)
        answer = await _carry_out(tenure, wish, listing)
        if answer is None:
            return False
        wishes.pop(0)
        if not wish.answer.done():
            wish.answer.set_result(answer)
    return True


async def _carry_out(
    tenure: Tenure, wish: OrchestrateWish, listing: Listing
) -> OrchestrationSummary | Refused | None:
    plan_id = tenure.around.name("p")

    def plan() -> tuple[Goal | Refused, Plan]:
        tenure.view.weigh(listing.weights)
        draft = tenure.draft()
        index = tenure.view.index
        fresh: list[str] = []
        for start in range(0, len(listing.ids), STEP):
            step = [i for i in listing.ids[start : start + STEP] if i not in index]
            fresh.extend(step if are_plain(step) else [i for i in step if not id_fault(i)])
        goal = plan_orchestration(
            draft,
            fresh,
            len(listing.ids),
            plan_id,
            max_instances=wish.max_instances,
            resource_per_instance=wish.resource_per_instance,
        )
        if isinstance(goal, Goal) and goal.changed:
            roster, shards = tenure.roster, tenure.view.shards
            continue_rebalance(draft, roster.awake(shards), roster.coming(shards))
        return goal, draft.plan()

    goal, made = await tenure.around.offload(plan)
    if isinstance(goal, Refused):
        return goal
    summary = _summary(tenure, wish, goal, plan_id, len(listing.ids))
    if (refused := await _lacking_room(tenure, len(goal.created))) is not None:
        return refused
    if wish.dry_run:
        return summary
    if not await tenure.commit(made, wish.actor):
        return None
    tenure.inbox.wake()
    return summary


async def _lacking_room(tenure: Tenure, more: int) -> Refused | None:
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
