"""The plans of a kind as its papers hold them: found, written, and the oldest put away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from orchestrator.core.decisions import Decision, Move, Reason
from orchestrator.core.draft import Draft
from orchestrator.core.moves.papers import moves_of, part_name, with_parts
from orchestrator.core.moves.queue import MoveQueue
from orchestrator.core.papers import MAX_PAPER_BYTES, Paper
from orchestrator.core.plans.papers import (
    COUNTER,
    Register,
    decode_proposal,
    encode_proposal,
    encode_register,
    head_name,
    head_number,
    register_of,
)
from orchestrator.core.plans.proposal import Proposal, Stage, Tally, plan_number
from orchestrator.core.view import View
from orchestrator.engine.answers.plans import PlanMoves, PlanStatus
from orchestrator.engine.setup import KindSetup
from orchestrator.errors import Permanent, UnknownPlan

log = structlog.get_logger()

EXPIRED = "expired"
MOST_HEAD = MAX_PAPER_BYTES - 4096
"""Bytes of a head when it is filed: how it ends must still fit in."""

MOST_PARTS = 150
"""Papers of moves of all plans together, so that others of the kind have room."""


def heads(papers: Mapping[str, Paper]) -> list[Proposal]:
    """Every plan that can be read, the oldest first."""
    found = []
    for number, paper in sorted((n, p) for name, p in papers.items() if (n := head_number(name)) is not None):
        try:
            found.append(_decoded(number, paper))
        except ValueError as error:
            log.warning("a plan cannot be read", plan=number, error=str(error))
    return found


def head(setup: KindSetup, papers: Mapping[str, Paper], number: int) -> Proposal:
    """One plan. Raises UnknownPlan, and Permanent where it cannot be read."""
    paper = papers.get(head_name(number))
    try:
        if paper is not None:
            return _decoded(number, paper)
    except ValueError as error:
        raise Permanent(f"plan {number} of {setup.kind} cannot be read: {error}") from error
    newest = register_of(papers).newest
    if number <= newest:
        raise UnknownPlan(
            f"plan {number} of {setup.kind} is gone: it was removed, or is not of the"
            f" {setup.plans_kept} that are kept"
        )
    known = f"the newest is plan {newest}" if newest else "it has none yet"
    raise UnknownPlan(f"{setup.kind} has no plan {number}: {known}")


def _decoded(number: int, paper: Paper) -> Proposal:
    """Raises ValueError."""
    found = decode_proposal(paper.body)
    if found.number != number:
        raise ValueError(f"the plan calls itself plan {found.number}")
    return found


def moves(setup: KindSetup, papers: Mapping[str, Paper], proposal: Proposal) -> list[Move]:
    """Raises Permanent where a paper of them is missing or damaged."""
    try:
        return moves_of(papers, proposal)
    except ValueError as error:
        raise Permanent(f"plan {proposal.number} of {setup.kind} cannot be read: {error}") from error


def page(
    setup: KindSetup,
    view: View,
    number: int,
    start: int,
    most: int,
    pair: tuple[int, int] | None = None,
) -> PlanMoves:
    """Raises UnknownPlan, Permanent."""
    every = moves(setup, view.papers, head(setup, view.papers, number))
    if pair is not None:
        every = [move for move in every if (move.source, move.target) == pair]
    chosen = tuple(every[start : start + most])
    end = start + len(chosen)
    return PlanMoves(moves=chosen, next=end if end < len(every) else None)


def status(
    setup: KindSetup, view: View, proposal: Proposal, wall: float, tally: Tally | None = None
) -> PlanStatus:
    """``tally``: where its moves stand, if that is known; else it is found from the view."""
    stage = proposal.stage.value
    expires_at = None
    if proposal.stage is Stage.PROPOSED:
        expires_at = proposal.made_at + setup.plan_expire
        stage = EXPIRED if is_expired(setup, proposal, wall) else stage
        tally = Tally(waiting=proposal.moves)
    elif proposal.stage.is_under_way and not is_under_way(view, proposal):
        # it was carried out to its end without its list
        stage = Stage.DONE.value
    found = proposal.tally or tally or _found(setup, view, proposal)
    return PlanStatus(kind=setup.kind, proposal=proposal, stage=stage, expires_at=expires_at, tally=found)


def is_expired(setup: KindSetup, proposal: Proposal, wall: float) -> bool:
    return proposal.stage is Stage.PROPOSED and wall > proposal.made_at + setup.plan_expire


def is_under_way(view: View, proposal: Proposal) -> bool:
    goal = view.state.rebalance
    return proposal.stage.is_under_way and goal is not None and goal.id == proposal.id


def is_paused(view: View) -> bool:
    """Whether a person has paused the plan that is under way."""
    goal = view.state.rebalance
    number = None if goal is None else plan_number(goal.id)
    paper = None if number is None else view.papers.get(head_name(number))
    try:
        return paper is not None and decode_proposal(paper.body).stage is Stage.PAUSED
    except ValueError:
        # it is not followed either
        return False


def file(draft: Draft, proposal: Proposal, its_moves: Sequence[Move], *, applied: bool) -> Proposal:
    """Write a plan, its moves first. Raises ValueError where it does not fit among the papers."""
    stored, parts = with_parts(proposal, its_moves)
    if len(parts) > MOST_PARTS:
        raise ValueError(f"the plan moves {len(its_moves)} ids, which is more than can be kept")
    head = encode_proposal(stored)
    if len(head) > MOST_HEAD:
        raise ValueError(f"what it says of shards takes {len(head)} bytes, at most {MOST_HEAD} are allowed")
    for part, body in enumerate(parts):
        draft.write_paper(part_name(stored.number, part), body)
    known = register_of(draft.papers())
    newest = max(known.newest, stored.number)
    register = Register(newest=newest, applied=stored.number if applied else known.applied)
    draft.write_paper(COUNTER, encode_register(register))
    draft.write_paper(head_name(stored.number), head)
    return stored


def put_away(draft: Draft, setup: KindSetup, wall: float, parts: int) -> None:
    """Remove the oldest plans that have ended, until one more with so many parts is within the bounds."""
    every = heads(draft.papers())
    over = len(every) + 1 - setup.plans_kept
    held = sum(one.parts for one in every) + parts
    # those that may still be applied go last
    every.sort(key=lambda one: one.stage is Stage.PROPOSED and not is_expired(setup, one, wall))
    for one in every:
        if over <= 0 and held <= MOST_PARTS:
            return
        if not _is_current(draft, one):
            discard(draft, one)
            over, held = over - 1, held - one.parts


def discard(draft: Draft, proposal: Proposal) -> None:
    draft.remove_paper(head_name(proposal.number))
    for part in range(proposal.parts):
        draft.remove_paper(part_name(proposal.number, part))


def supersede(
    draft: Draft, former: str, by: int, wall: float, tally_of: Callable[[int], Tally | None]
) -> None:
    """The plan that the orchestration ``former`` carries out, if it does, ends: another takes its place."""
    number = plan_number(former)
    paper = None if number is None or number == by else draft.paper(head_name(number))
    if number is None or paper is None:
        return
    try:
        known = decode_proposal(paper.body)
    except ValueError as error:
        log.warning("a plan cannot be read", plan=number, error=str(error))
        return
    if known.stage.is_under_way:
        ended = replace(known, stage=Stage.SUPERSEDED, stage_at=wall, stage_actor="", tally=tally_of(number))
        draft.write_paper(head_name(known.number), encode_proposal(ended))
        detail = f"plan {known.number} by plan {by}"
        draft.decide(Decision(verb="end-plan", reason=Reason.SUPERSEDED, detail=detail))


def _is_current(draft: Draft, proposal: Proposal) -> bool:
    goal = draft.state.rebalance
    return goal is not None and goal.id == proposal.id


def _found(setup: KindSetup, view: View, proposal: Proposal) -> Tally:
    try:
        return MoveQueue.of(moves_of(view.papers, proposal), view).tally
    except ValueError as error:
        log.warning("the moves of a plan cannot be read", kind=setup.kind, error=str(error))
        return Tally()
