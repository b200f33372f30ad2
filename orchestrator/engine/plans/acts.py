"""Pausing, resuming, cancelling and removing plans; pausing a whole kind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.core.balance.reshape import call_off
from orchestrator.core.decisions import Decision, Reason, Refused
from orchestrator.core.plans.papers import encode_proposal, head_name
from orchestrator.core.plans.proposal import Stage
from orchestrator.engine.answers.plans import Pausing, PlanStatus
from orchestrator.engine.plans.course import Course
from orchestrator.engine.plans.making import PlanAnswer, find_plan
from orchestrator.engine.plans.shelf import discard, is_under_way, status
from orchestrator.engine.tenure import Tenure


class PlanAct(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


STAGES = {PlanAct.PAUSE: Stage.PAUSED, PlanAct.RESUME: Stage.APPLIED, PlanAct.CANCEL: Stage.CANCELLED}


@dataclass(slots=True, kw_only=True)
class ActOnPlan:
    """What is under way ends in each case; asked for again, the answer is how the plan stands."""

    answer: PlanAnswer
    actor: str
    number: int
    act: PlanAct
    course: Course
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> PlanStatus | Refused | None:
        wall, setup = tenure.around.clock.wall(), tenure.setup
        found = find_plan(tenure, self.number)
        if isinstance(found, Refused):
            return found
        wanted = STAGES[self.act]
        tally = self.course.tally(self.number)
        if found.stage is wanted:
            return status(setup, tenure.view, found, wall, tally)
        if not is_under_way(tenure.view, found):
            return Refused(
                reason=Reason.UNCHANGED,
                detail=f"Plan {self.number} is not under way, it is"
                f" {status(setup, tenure.view, found, wall).stage}.",
            )
        draft = tenure.draft()
        ended = replace(found, stage=wanted, stage_at=wall, stage_actor=self.actor)
        detail = f"plan {self.number}"
        if self.act is PlanAct.CANCEL:
            woken = call_off(draft, found)
            tally = status(setup, tenure.view, found, wall, tally).tally
            ended = replace(ended, tally=tally)
            detail += f": {tally.done} done, {tally.moving} on their way, {tally.waiting} stay"
            if woken:
                detail += f", shards kept {', '.join(map(str, woken))}"
        draft.write_paper(head_name(self.number), encode_proposal(ended))
        draft.decide(Decision(verb=f"{self.act.value}-plan", reason=Reason.OPERATOR, detail=detail))
        if not self.dry_run:
            if not await tenure.commit(draft.plan(), self.actor):
                return None
            tenure.inbox.wake()
        return status(setup, tenure.view, ended, wall, tally)


@dataclass(slots=True, kw_only=True)
class DiscardPlan:
    """Remove a plan that is not under way."""

    answer: PlanAnswer
    actor: str
    number: int
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> PlanStatus | Refused | None:
        found = find_plan(tenure, self.number)
        if isinstance(found, Refused):
            return found
        if found.stage is not Stage.PROPOSED:
            return Refused(
                reason=Reason.UNCHANGED,
                detail=f"Plan {self.number} was applied: it is kept for its history, and for the way back.",
            )
        gone = status(tenure.setup, tenure.view, found, tenure.around.clock.wall())
        if self.dry_run:
            return gone
        draft = tenure.draft()
        discard(draft, found)
        draft.decide(Decision(verb="remove-plan", reason=Reason.OPERATOR, detail=f"plan {self.number}"))
        return gone if await tenure.commit(draft.plan(), self.actor) else None


@dataclass(slots=True, kw_only=True)
class PauseKind:
    """Have a kind neither orchestrated nor grown, and nothing of it moved, until it is resumed."""

    answer: asyncio.Future[Pausing]
    actor: str
    paused: bool
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> Pausing | None:
        answer = Pausing(kind=tenure.setup.kind, paused=self.paused)
        if self.dry_run or tenure.view.state.paused is self.paused:
            return answer
        draft = tenure.draft()
        draft.amend_state(paused=self.paused)
        verb = "pause" if self.paused else "resume"
        draft.decide(Decision(verb=verb, reason=Reason.OPERATOR))
        if not await tenure.commit(draft.plan(), self.actor):
            return None
        tenure.inbox.wake()
        return answer
