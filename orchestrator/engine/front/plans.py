"""What the engine answers of numbered plans; with no leader, from the store."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.plans import Pausing, PlanMoves, PlanStatus
from orchestrator.engine.holdings import Holdings
from orchestrator.engine.plans.acts import PlanAct
from orchestrator.engine.plans.plans import Plans, listed
from orchestrator.engine.plans.shelf import head, page, status


class PlansFront(Holdings):
    """The facade (``orchestrator.engine.facade.plans``)."""

    def plans(self, kind: str) -> Sequence[PlanStatus]:
        if (known := self._recalled(kind)) is not None:
            return listed(self._setups[kind], known.view, self._around.clock.wall())
        return self._steward(kind).plans.list()

    def plan(self, kind: str, number: int) -> PlanStatus:
        if (known := self._recalled(kind)) is not None:
            setup = self._setups[kind]
            found = head(setup, known.view.papers, number)
            return status(setup, known.view, found, self._around.clock.wall())
        return self._steward(kind).plans.show(number)

    async def plan_moves(
        self, kind: str, number: int, *, start: int, most: int, pair: tuple[int, int] | None = None
    ) -> PlanMoves:
        if (known := self._recalled(kind)) is not None:
            return page(self._setups[kind], known.view, number, start, most, pair)
        return await self._steward(kind).plans.moves(number, start, most, pair)

    async def make_plan(
        self,
        kind: str,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        note: str,
        actor: str,
        dry_run: bool = False,
    ) -> PlanStatus | Refused:
        return await self._noted(kind, "make-plan", note, actor, dry_run).make(
            max_instances=max_instances,
            resource_per_instance=resource_per_instance,
            note=note,
            actor=actor,
            dry_run=dry_run,
        )

    async def apply_plan(
        self, kind: str, number: int, *, actor: str, reason: str = "", dry_run: bool = False
    ) -> PlanStatus | Refused:
        named = f"plan {number}: {reason}" if reason else f"plan {number}"
        return await self._noted(kind, "apply-plan", named, actor, dry_run).apply(number, actor, dry_run)

    async def act_on_plan(
        self, kind: str, number: int, *, act: str, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        wanted = PlanAct(act)
        plans = self._noted(kind, f"{act}-plan", f"plan {number}", actor, dry_run)
        return await plans.act(number, wanted, actor, dry_run)

    async def undo_plan(
        self, kind: str, number: int, *, note: str, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        plans = self._noted(kind, "undo-plan", f"plan {number}", actor, dry_run)
        return await plans.undo(number, note, actor, dry_run)

    async def discard_plan(
        self, kind: str, number: int, *, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        plans = self._noted(kind, "remove-plan", f"plan {number}", actor, dry_run)
        return await plans.discard(number, actor, dry_run)

    async def pause_kind(self, kind: str, *, paused: bool, actor: str, dry_run: bool = False) -> Pausing:
        verb = "pause" if paused else "resume"
        return await self._noted(kind, verb, "", actor, dry_run).pause_kind(paused, actor, dry_run)

    def _noted(self, kind: str, verb: str, detail: str, actor: str, dry_run: bool) -> Plans:
        """The plans of a kind that can be changed now, after what was asked is in the journal."""
        steward = self._changeable(kind)
        if not dry_run:
            steward.tenure.recorder.input(kind, verb, 0, actor=actor, detail=detail)
        return steward.plans
