"""The numbered plans of a kind: computed, shown, applied, paused, resumed, cancelled, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import structlog

from orchestrator.core.decisions import Refused
from orchestrator.core.plans.proposal import Proposal, plan_number
from orchestrator.core.view import View
from orchestrator.engine.answers.plans import Pausing, PlanMoves, PlanStatus
from orchestrator.engine.operator import Operator
from orchestrator.engine.plans.acts import ActOnPlan, DiscardPlan, PauseKind, PlanAct
from orchestrator.engine.plans.course import Course
from orchestrator.engine.plans.errand import Errand
from orchestrator.engine.plans.errands import ApplyPlan, MakePlan, UndoPlan
from orchestrator.engine.plans.shelf import head, heads, moves, page, status
from orchestrator.engine.setup import KindSetup
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Permanent, UnknownPlan

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Plans:
    """Of one kind, under one leader. Calls that name a plan raise UnknownPlan, Permanent.

    Those that change something raise NotNow when it was not carried out, or that is not known.
    """

    def __init__(self, tenure: Tenure, operator: Operator, course: Course) -> None:
        self._tenure = tenure
        self._operator = operator
        self._course = course

    def list(self) -> Sequence[PlanStatus]:
        """The newest first."""
        return listed(self._tenure.setup, self._tenure.view, self._wall(), self._course)

    def show(self, number: int) -> PlanStatus:
        tenure = self._tenure
        return _status(tenure.setup, tenure.view, self._head(number), self._wall(), self._course)

    async def moves(
        self, number: int, start: int, most: int, pair: tuple[int, int] | None = None
    ) -> PlanMoves:
        tenure = self._tenure
        found: PlanMoves = await tenure.around.offload(
            lambda: page(tenure.setup, tenure.view, number, start, most, pair)
        )
        return found

    async def make(
        self,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        note: str,
        actor: str,
        dry_run: bool = False,
    ) -> PlanStatus | Refused:
        await self._operator.require_catalog()
        return await self._ask(
            MakePlan(
                answer=_future(),
                actor=actor,
                note=note,
                max_instances=max_instances,
                resource_per_instance=resource_per_instance,
                dry_run=dry_run,
            )
        )

    async def apply(self, number: int, actor: str, dry_run: bool = False) -> PlanStatus | Refused:
        self._head(number)
        await self._operator.require_catalog()
        return await self._ask(
            ApplyPlan(answer=_future(), actor=actor, number=number, course=self._course, dry_run=dry_run)
        )

    async def undo(self, number: int, note: str, actor: str, dry_run: bool = False) -> PlanStatus | Refused:
        self._head(number)
        return await self._ask(
            UndoPlan(answer=_future(), actor=actor, number=number, note=note, dry_run=dry_run)
        )

    async def act(self, number: int, act: PlanAct, actor: str, dry_run: bool = False) -> PlanStatus | Refused:
        self._head(number)
        return await self._ask(
            ActOnPlan(
                answer=_future(), actor=actor, number=number, act=act, course=self._course, dry_run=dry_run
            )
        )

    async def discard(self, number: int, actor: str, dry_run: bool = False) -> PlanStatus | Refused:
        self._head(number)
        return await self._ask(DiscardPlan(answer=_future(), actor=actor, number=number, dry_run=dry_run))

    async def pause_kind(self, paused: bool, actor: str, dry_run: bool = False) -> Pausing:
        answer: Pausing = await self._operator.answered(
            self._asked(PauseKind(answer=_future(), actor=actor, paused=paused, dry_run=dry_run))
        )
        return answer

    async def cut_off(self) -> Proposal | None:
        """The plan that was applied, and whose shards are not all made yet.

        None, too, where it cannot be read in full, and for an orchestration of one call: those are planned
        anew, from the sizes that they have set.
        """
        tenure, view = self._tenure, self._tenure.view
        goal = view.state.rebalance
        number = None if goal is None or goal.is_planned else plan_number(goal.id)
        if number is None:
            return None
        try:
            found = head(tenure.setup, view.papers, number)
            if not found.stage.is_under_way:
                return None
            await tenure.around.offload(lambda: moves(tenure.setup, view.papers, found))
        except UnknownPlan:
            return None
        except Permanent as error:
            tenure.recorder.counters["plans.unreadable"] += 1
            log.error("a plan cannot be gone on with", kind=tenure.setup.kind, plan=number, error=str(error))
            return None
        return found

    async def go_on(self, found: Proposal) -> PlanStatus | Refused:
        """Have a plan that was cut off begun."""
        await self._operator.require_catalog()
        return await self._ask(
            ApplyPlan(
                answer=_future(),
                actor=found.stage_actor,
                number=found.number,
                course=self._course,
                goes_on=True,
            )
        )

    def _head(self, number: int) -> Proposal:
        return head(self._tenure.setup, self._tenure.view.papers, number)

    def _wall(self) -> float:
        return self._tenure.around.clock.wall()

    async def _ask(self, errand: Errand) -> PlanStatus | Refused:
        answer: PlanStatus | Refused = await self._operator.answered(self._asked(errand))
        return answer

    def _asked(self, errand: Errand) -> asyncio.Future[Any]:
        self._tenure.inbox.ask(errand)
        return errand.answer


def listed(setup: KindSetup, view: View, wall: float, course: Course | None = None) -> list[PlanStatus]:
    """Every plan that the papers hold, the newest first."""
    return [_status(setup, view, one, wall, course) for one in reversed(heads(view.papers))]


def _status(
    setup: KindSetup, view: View, proposal: Proposal, wall: float, course: Course | None
) -> PlanStatus:
    tally = None if course is None else course.tally(proposal.number)
    return status(setup, view, proposal, wall, tally)


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()
