"""The plan under way: its list of moves as far as it has come, and its next step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from orchestrator.core.balance.orchestration import continue_rebalance
from orchestrator.core.balance.reshape import drain_the_rest
from orchestrator.core.decisions import Decision, Move, Plan, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.moves.papers import moves_of
from orchestrator.core.moves.queue import MoveQueue, Step, give_up_blocked, next_moves
from orchestrator.core.papers import Paper
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.plans.papers import decode_proposal, encode_proposal, head_name
from orchestrator.core.plans.proposal import Proposal, Stage, Tally, plan_number
from orchestrator.core.view import View
from orchestrator.engine.tenure import Tenure

log = structlog.get_logger()

LARGE = 1_000
"""Ids of a kind beyond which a step is planned away from the event loop."""


class Course:
    """One a kind. Where no list is at hand an orchestration goes on towards its stored goal alone."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._number: int | None = None
        self._view: View | None = None
        self._queue: MoveQueue | None = None
        self._head: tuple[Paper, Proposal] | None = None

    async def begin(self, number: int, moves: Sequence[Move]) -> None:
        """The plan was just applied, with all of these moves before it."""
        view = self._tenure.view
        self._set(number, await self._tenure.around.offload(lambda: MoveQueue.of(moves, view)))

    def tally(self, number: int) -> Tally | None:
        """Of the plan under way; None where it is another, or was not looked at yet."""
        if self._number != number or self._queue is None or self._view is not self._tenure.view:
            return None
        self._queue.follow(self._tenure.view)
        return self._queue.tally

    async def step(self, commit: Callable[[Plan], Awaitable[bool]]) -> bool:
        """Take the orchestration under way on; False when the view was loaded anew instead.

        While weights and labels are not known nothing moves: no rule could be asked.
        """
        tenure = self._tenure
        if tenure.view.state.rebalance is None:
            tenure.moves.rest()
            return True
        if not tenure.is_furnished:
            return True
        found = await self._under_way()
        awake, coming = tenure.roster.awake(tenure.view.shards), tenure.roster.coming(tenure.view.shards)
        wall = tenure.around.clock.wall()
        tenure.beside("record", tenure.record.stepping, wall)
        gate = tenure.moves.gate(tenure.view)
        if found is not None:
            # here, not in the plan: who asks for the tally meanwhile does so, too
            found[1].follow(tenure.view)

        def plan() -> tuple[Step, Plan]:
            draft = tenure.draft()
            if found is None:
                continue_rebalance(draft, awake, coming, gate)
                return Step(), draft.plan()
            head, queue = found
            if head.stage is Stage.PAUSED or draft.state.paused:
                return Step(), draft.plan()
            step = next_moves(draft, queue, awake, coming, gate)
            if queue.is_empty and not draft.moving():
                _finish(draft, head, queue.tally, awake, coming, wall)
            elif gate is not None and gate.is_waiting:
                pass  # they go when the move policy lets them
            elif not (step.begun or step.dropped or step.failed or draft.moving()):
                step = give_up_blocked(draft, queue, awake)
            return step, draft.plan()

        is_even = tenure.setup.policy.strategy is Strategy.EVEN
        large = tenure.view.count() > LARGE or not is_even
        step, made = await tenure.around.offload(plan) if large else plan()
        tenure.moves.note(gate)
        if not await commit(made):
            return False
        if found is not None:
            found[1].note(step)
            if step.dropped or step.failed:
                tenure.inbox.wake()
        return True

    async def _under_way(self) -> tuple[Proposal, MoveQueue] | None:
        """The plan that is carried out and its list; None where there is none that can be read."""
        view = self._tenure.view
        goal = view.state.rebalance
        number = None if goal is None or not goal.is_planned else plan_number(goal.id)
        head = None if number is None else view.papers.get(head_name(number))
        if number is None or head is None:
            return None
        is_known = self._number == number and self._view is view
        if is_known and self._queue is None:
            return None
        try:
            proposal = self._decoded(head)
            if not proposal.stage.is_under_way:
                return None
            if is_known and self._queue is not None:
                return proposal, self._queue
            tried = self._queue.tried if self._queue is not None and self._number == number else ()
            queue = await self._tenure.around.offload(
                lambda: MoveQueue.of(moves_of(view.papers, proposal), view, tried)
            )
        except ValueError as error:
            self._tenure.recorder.counters["plans.unreadable"] += 1
            log.error("a plan cannot be read", kind=self._tenure.setup.kind, plan=number, error=str(error))
            self._set(number, None)
            return None
        self._set(number, queue)
        return proposal, queue

    def _decoded(self, head: Paper) -> Proposal:
        """Raises ValueError."""
        if self._head is None or self._head[0] is not head:
            proposal = decode_proposal(head.body)
            if head_name(proposal.number) != head.name:
                raise ValueError(f"{head.name} calls itself plan {proposal.number}")
            self._head = head, proposal
        return self._head[1]

    def _set(self, number: int, queue: MoveQueue | None) -> None:
        self._number, self._queue, self._view = number, queue, self._tenure.view


def _finish(
    draft: Draft,
    head: Proposal,
    tally: Tally,
    awake: frozenset[int],
    coming: frozenset[int],
    wall: float,
) -> None:
    """Where nothing is left to be drained either, the plan ends with the orchestration."""
    goal = drain_the_rest(draft, awake, coming)
    if draft.state.rebalance is None:
        # in one transaction with its paper, before which another may have to end
        draft.amend_state(rebalance=goal)
        ended = replace(head, stage=Stage.DONE, stage_at=wall, stage_actor="", tally=tally)
        draft.write_paper(head_name(head.number), encode_proposal(ended))
        detail = f"plan {head.number}: {tally.done} done, {tally.failed} failed, {tally.dropped} dropped"
        draft.decide(Decision(verb="finish-plan", reason=Reason.FINISHED, count=tally.done, detail=detail))
        draft.amend_state(rebalance=None)
