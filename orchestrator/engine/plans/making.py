"""Numbered plans computed and filed: of an orchestration, or of the way back from one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from orchestrator.core.decisions import Decision, Move, Plan, Reason, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.plans.proposal import Proposal, Stage, Tally
from orchestrator.core.plans.proposing import COUNT, Made
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.engine.plans.course import Course
from orchestrator.engine.plans.shelf import file, head, put_away, status, supersede
from orchestrator.engine.setup import KindSetup
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import UnknownPlan

log = structlog.get_logger()

PlanAnswer = asyncio.Future[PlanStatus | Refused]


def find_plan(tenure: Tenure, number: int) -> Proposal | Refused:
    """The plan, or that it is there no more."""
    try:
        return head(tenure.setup, tenure.view.papers, number)
    except UnknownPlan as unknown:
        # it was there when it was asked for
        return Refused(reason=Reason.EXPIRED, detail=f"{unknown}.")


def dimension_names(setup: KindSetup) -> tuple[str, ...]:
    """What the weights are called, the count first."""
    named = setup.policy.dimensions
    if len(named) != setup.dimensions - 1:
        named = tuple(f"dimension-{number}" for number in range(1, setup.dimensions))
    return (COUNT, *named)


def sentence(proposal: Proposal) -> str:
    """What a plan does, for the journal."""
    shards = f"shards {proposal.before.shards} -> {proposal.after.shards}"
    undoes = f", the way back from plan {proposal.undoes}" if proposal.undoes is not None else ""
    note = f": {proposal.note}" if proposal.note else ""
    return f"plan {proposal.number}{undoes}: {proposal.moves} moves, {shards}{note}"


async def file_proposed(tenure: Tenure, made: Made, actor: str, dry_run: bool = False) -> PlanStatus | None:
    """Keep the plan, to be applied or not; None when the view was loaded anew instead.

    ``dry_run``: it is not kept, and nothing is to be found under its number.
    """
    proposal, moves = made

    def plan() -> tuple[Proposal, Plan]:
        draft = tenure.draft()
        put_away(draft, tenure.setup, proposal.made_at, _parts(moves))
        stored = file(draft, proposal, moves, applied=False)
        detail = sentence(stored)
        draft.decide(Decision(verb="plan", reason=Reason.PLANNED, count=stored.moves, detail=detail))
        return stored, draft.plan()

    stored, filed = await tenure.around.offload(plan)
    if not dry_run and not await tenure.commit(filed, actor):
        return None
    return status(tenure.setup, tenure.view, stored, tenure.around.clock.wall())


async def file_applied(tenure: Tenure, course: Course, made: Made, actor: str) -> bool:
    """Keep the plan of an orchestration that was just begun; False when the view was loaded anew instead."""
    proposal, moves = made
    goal = tenure.view.state.rebalance
    is_over = goal is None or goal.id != proposal.id
    stage = Stage.DONE if is_over else Stage.APPLIED
    stored = replace(proposal, stage=stage, tally=Tally() if is_over else None)

    def plan() -> Draft:
        draft = tenure.draft()
        supersede(draft, proposal.under_way, stored.number, proposal.made_at, course.tally)
        put_away(draft, tenure.setup, proposal.made_at, _parts(moves))
        filed = file(draft, stored, moves, applied=True)
        draft.decide(Decision(verb="apply-plan", reason=Reason.ORCHESTRATED, detail=sentence(filed)))
        return draft

    try:
        draft = await tenure.around.offload(plan)
    except ValueError as error:
        # it goes on towards its stored goal, and cannot be taken back
        log.warning("a plan cannot be kept", kind=tenure.setup.kind, plan=stored.number, error=str(error))
        return True
    if not await tenure.commit(draft.plan(), actor):
        return False
    if not is_over:
        await course.begin(stored.number, moves)
    return True


def _parts(moves: list[Move]) -> int:
    """About how many papers these moves take."""
    return len(moves) // 4_000 + 1
