"""What people ask of numbered plans, as the kind's one writer carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestrator.core.balance.reshape import place_fresh, reshape, set_goal
from orchestrator.core.decisions import Decision, Move, Reason, Refused
from orchestrator.core.draft import Draft
from orchestrator.core.plans.papers import (
    COUNTER,
    encode_proposal,
    encode_register,
    head_name,
    register_of,
)
from orchestrator.core.plans.proposal import Limit, Proposal, Stage, Tally
from orchestrator.core.plans.proposing import Asked, Made, next_number, propose, propose_undo, with_limit
from orchestrator.core.plans.staleness import changes_since
from orchestrator.core.traits import Traits
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.engine.orchestrate import fresh_ids, lacking_room
from orchestrator.engine.plans.course import Course
from orchestrator.engine.plans.making import PlanAnswer, dimension_names, file_proposed, find_plan, sentence
from orchestrator.engine.plans.shelf import is_expired, is_under_way, moves, status, supersede
from orchestrator.engine.tenure import Tenure

Answer = PlanStatus | Refused


@dataclass(slots=True, kw_only=True)
class MakePlan:
    """Compute a plan of an orchestration; nothing but its papers is written."""

    answer: PlanAnswer
    actor: str
    note: str = ""
    max_instances: int | None = None
    resource_per_instance: int | None = None
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> Answer | None:
        listing = await tenure.weighing.listing()
        changed: dict[str, Traits] = {}
        asked = _asked(tenure, self.actor, self.note)

        def plan() -> Made | Refused:
            fresh = fresh_ids(tenure, listing, changed)
            wanted = replace(
                asked,
                count=len(listing.ids),
                fresh=fresh,
                max_instances=self.max_instances,
                resource_per_instance=self.resource_per_instance,
            )
            return propose(tenure.view, tenure.setup.policy, tenure.setup.limits, wanted)

        made = await tenure.around.offload(plan)
        tenure.beside("record", tenure.record.weighed, changed)
        return await _filed(tenure, made, self.actor, self.dry_run)


@dataclass(slots=True, kw_only=True)
class UndoPlan:
    """Compute the way back from a plan that was carried out, in whole or in part."""

    answer: PlanAnswer
    actor: str
    number: int
    note: str = ""
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> Answer | None:
        found = find_plan(tenure, self.number)
        if isinstance(found, Refused):
            return found
        if found.stage is Stage.PROPOSED:
            return Refused(
                reason=Reason.UNCHANGED, detail=f"Plan {self.number} was never applied: nothing to take back."
            )
        if is_under_way(tenure.view, found):
            return Refused(
                reason=Reason.UNCHANGED,
                detail=f"Plan {self.number} is under way: cancel it, or let it come to its end first.",
            )
        if tenure.view.state.paused:
            return _paused(tenure)
        setup, view = tenure.setup, tenure.view
        asked = replace(_asked(tenure, self.actor, self.note), count=found.count)

        def plan() -> Made | Refused:
            moved = moves(setup, view.papers, found)
            return propose_undo(view, setup.policy, setup.limits, found, moved, asked)

        made = await tenure.around.offload(plan)
        if not isinstance(made, Refused) and made[0].changes_nothing:
            stays = tuple(f"{one.count}: {one.sentence}" for one in made[0].stays)
            return Refused(
                reason=Reason.UNCHANGED,
                detail=f"Of plan {self.number} there is nothing to take back.",
                reasons=(*stays, *made[0].remarks),
            )
        return await _filed(tenure, made, self.actor, self.dry_run)


@dataclass(slots=True, kw_only=True)
class ApplyPlan:
    """Begin a plan as it was reviewed. ``goes_on``: it was cut off while its shards were being made."""

    answer: PlanAnswer
    actor: str
    number: int
    course: Course
    goes_on: bool = False
    dry_run: bool = False

    async def carry_out(self, tenure: Tenure) -> Answer | None:
        found = find_plan(tenure, self.number)
        if isinstance(found, Refused):
            return found
        setup, view, wall = tenure.setup, tenure.view, tenure.around.clock.wall()
        if not self.goes_on:
            if found.stage in (Stage.APPLIED, Stage.PAUSED, Stage.DONE):
                return status(setup, view, found, wall, self.course.tally(found.number))
            if (refused := _unfit(tenure, found, wall)) is not None:
                return refused
        its_moves, changed = await tenure.around.offload(lambda: _compared(tenure, found))
        if not self.goes_on:
            if changed:
                return Refused(
                    reason=Reason.STALE,
                    detail=f"{setup.kind} has changed since plan {found.number} was computed;"
                    " nothing was done. Compute a new one.",
                    reasons=changed,
                )
            if (refused := await lacking_room(tenure, len(found.created))) is not None:
                return refused
        if self.dry_run:
            begun = replace(found, stage=Stage.APPLIED, stage_at=wall, stage_actor=self.actor)
            waiting = Tally(waiting=found.moves)
            return PlanStatus(
                kind=setup.kind, proposal=begun, stage=begun.stage.value, expires_at=None, tally=waiting
            )
        return await self._begin(tenure, found, its_moves, wall)

    async def _begin(
        self, tenure: Tenure, found: Proposal, its_moves: Sequence[Move], wall: float
    ) -> Answer | None:
        listing = await tenure.weighing.listing()
        changed: dict[str, Traits] = {}
        fresh: list[str] = []
        former = tenure.view.state.rebalance
        # one that was cut off stays paused where a person has paused it since
        begun = found
        if not self.goes_on:
            begun = replace(found, stage=Stage.APPLIED, stage_at=wall, stage_actor=self.actor)

        def plan() -> Draft:
            fresh.extend(fresh_ids(tenure, listing, changed))
            draft = tenure.draft()
            if former is not None:
                supersede(draft, former.id, found.number, wall, self.course.tally)
            register = replace(register_of(draft.papers()), applied=found.number)
            draft.write_paper(COUNTER, encode_register(register))
            draft.write_paper(head_name(found.number), encode_proposal(begun))
            draft.decide(Decision(verb="apply-plan", reason=Reason.OPERATOR, detail=sentence(found)))
            reshape(draft, found)
            wanted = {n: draft.load(n).expected + many for n, many in found.places if draft.shard(n)}
            place_fresh(draft, fresh, wanted)
            set_goal(draft, found, its_moves)
            return draft

        draft = await tenure.around.offload(plan)
        tenure.beside("record", tenure.record.weighed, changed)
        tenure.beside(
            "record",
            tenure.record.wished,
            found.id,
            tuple(fresh),
            len(listing.ids),
            self.actor,
            max_instances=found.after.max_instances,
            resource_per_instance=found.after.resource_per_instance,
            shards=found.after.shards,
        )
        if not await tenure.commit(draft.plan(), self.actor):
            return None
        await self.course.begin(found.number, its_moves)
        tenure.inbox.wake()
        return status(tenure.setup, tenure.view, begun, wall, self.course.tally(found.number))


def _compared(tenure: Tenure, found: Proposal) -> tuple[list[Move], tuple[str, ...]]:
    """The moves of a plan, and what has changed since it was computed."""
    view = tenure.view
    its_moves = moves(tenure.setup, view.papers, found)
    return its_moves, changes_since(found, view, its_moves, register_of(view.papers).applied)


def _asked(tenure: Tenure, actor: str, note: str) -> Asked:
    return Asked(
        number=next_number(tenure.view),
        actor=actor,
        wall=tenure.around.clock.wall(),
        note=note,
        measured=tenure.hand_offs.middle(),
        dimensions=dimension_names(tenure.setup),
    )


async def _filed(tenure: Tenure, made: Made | Refused, actor: str, dry_run: bool) -> Answer | None:
    if isinstance(made, Refused):
        return made
    proposal, its_moves = made
    lacking = await lacking_room(tenure, len(proposal.created))
    if lacking is not None:
        said = " ".join((lacking.detail.removesuffix("; nothing was changed.") + ":", *lacking.reasons))
        proposal = with_limit(proposal, Limit(code="no-place", sentence=said))
    try:
        return await file_proposed(tenure, (proposal, its_moves), actor, dry_run)
    except ValueError as error:
        return Refused(detail=f"The plan cannot be kept: {error}.")


def _unfit(tenure: Tenure, found: Proposal, wall: float) -> Refused | None:
    number, kind = found.number, tenure.setup.kind
    if found.stage in (Stage.CANCELLED, Stage.SUPERSEDED):
        return Refused(
            reason=Reason.UNCHANGED if found.stage is Stage.CANCELLED else Reason.SUPERSEDED,
            detail=f"Plan {number} was {found.stage.value}: it is not taken up again. Compute a new one.",
        )
    if is_expired(tenure.setup, found, wall):
        return Refused(
            reason=Reason.EXPIRED,
            detail=f"Plan {number} of {kind} was to be applied within {tenure.setup.plan_expire:g} s;"
            f" it is {wall - found.made_at:.0f} s old. Compute a new one.",
        )
    return _paused(tenure) if tenure.view.state.paused else None


def _paused(tenure: Tenure) -> Refused:
    return Refused(reason=Reason.PAUSED, detail=f"{tenure.setup.kind} is paused; resume it first.")
