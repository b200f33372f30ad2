"""A double whose plans live: made, found stale, applied, finished, taken back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.plans.proposal import Limit, Sizes, Stage, Tally
from orchestrator.engine.answers.drill import Struck
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.errors import UnknownPlan
from tests.api.facade_double import FacadeDouble, line
from tests.api.plans_double import plan

BEYOND = Limit(
    code="blast-radius", sentence="50 of 200 ids (25.0 %) move, more than 10 %: that needs `apply`."
)


@dataclass
class PlanningDouble(FacadeDouble):
    """``wide``: plans go beyond the limits. ``stale``: the next apply is refused, and ``moves`` are ``then``.

    ``slow``: a plan that is applied stays under way. ``wrote``: how many writes there were.
    """

    moves: int = 40
    then: int | None = None
    wide: bool = False
    slow: bool = False
    wrote: int = 0
    made: dict[int, PlanStatus] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(7))

    def plans(self, kind: str) -> Sequence[PlanStatus]:
        return [one for one in reversed(self.made.values()) if one.kind == kind]

    def plan(self, kind: str, number: int) -> PlanStatus:
        self._known(kind)
        if number not in self.made:
            raise UnknownPlan(f"{kind} has no plan {number}")
        return self.made[number]

    async def make_plan(self, kind, *, max_instances, resource_per_instance, note, actor, dry_run=False):
        self._may_fail()
        self.calls.append(("make", (kind, max_instances, resource_per_instance, note)))
        return self._file(kind, note=note, undoes=None, per=resource_per_instance)

    async def apply_plan(self, kind, number, *, actor, reason="", dry_run=False):
        self._may_fail()
        self.calls.append(("apply", (number, reason)))
        if self.then is not None:
            self.moves, self.then = self.then, None
            why = ("12 ids were created since.",)
            return Refused(
                reason=Reason.STALE,
                detail=f"Thing has changed since plan {number} was computed.",
                reasons=why,
            )
        self.wrote += 1
        detail = f"plan {number}: {reason}" if reason else f"plan {number}"
        self.happen(line(200 + number, verb="input-apply-plan", detail=detail, actor=actor, ids=(), count=0))
        moves = self.made[number].proposal.moves
        tally = Tally(moving=moves) if self.slow else Tally(done=moves)
        self._stand(number, Stage.APPLIED if self.slow else Stage.DONE, tally)
        return self.made[number]

    async def act_on_plan(self, kind, number, *, act, actor, dry_run=False):
        self.calls.append((act, number))
        stages = {"pause": Stage.PAUSED, "resume": Stage.APPLIED, "cancel": Stage.CANCELLED}
        self._stand(number, stages[act], self.made[number].tally)
        return self.made[number]

    async def undo_plan(self, kind, number, *, note, actor, dry_run=False):
        self.calls.append(("undo", (number, note)))
        return self._file(kind, note=note, undoes=number, per=None)

    async def restart(self, kind, shard, *, incarnation, actor, dry_run=False):
        self.calls.append(("restart", (kind, shard, incarnation)))
        return Struck(kind=kind, shard=shard, incarnation=shard + 1, since=1.5)

    async def discard_plan(self, kind, number, *, actor, dry_run=False):
        self.calls.append(("discard", number))
        return self.made.pop(number)

    async def orchestrate(self, kind, *, max_instances, resource_per_instance, dry_run, actor):
        most = max_instances or 100
        if resource_per_instance is not None and -(-200 // resource_per_instance) > most:
            needed = -(-200 // resource_per_instance)
            return Refused(
                detail=f"200 resources at {resource_per_instance} each need {needed} instances,"
                f" the maximum is {most}.",
                reasons=(f"The smallest resourcePerInstance that fits is {-(-200 // most)}.",),
            )
        return await super().orchestrate(
            kind,
            max_instances=max_instances,
            resource_per_instance=resource_per_instance,
            dry_run=dry_run,
            actor=actor,
        )

    def finish(self, number: int) -> None:
        self._stand(number, Stage.DONE, Tally(done=self.made[number].proposal.moves))

    def _file(self, kind: str, *, note: str, undoes: int | None, per: int | None) -> PlanStatus:
        number, moves = next(self.numbers), self.moves
        status = plan(number)
        proposal = replace(
            status.proposal,
            moves=moves,
            cost=moves,
            count=200,
            pairs=((0, 5, moves),),
            note=note,
            undoes=undoes,
            after=Sizes(shards=6, max_instances=100, resource_per_instance=per or 50),
            limits=(BEYOND,) if self.wide else (),
            stays=(),
            remarks=(),
        )
        self.made[number] = replace(
            status, kind=kind, proposal=proposal, expires_at=4_000_000_000.0, tally=Tally(waiting=moves)
        )
        return self.made[number]

    def _stand(self, number: int, stage: Stage, tally: Tally) -> None:
        status = self.made[number]
        proposal = replace(status.proposal, stage=stage, stage_at=1_700_000_010.0)
        self.made[number] = replace(
            status, proposal=proposal, stage=stage.value, expires_at=None, tally=tally
        )
