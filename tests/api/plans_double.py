"""The part of the facade's double that knows plans: one plan of each kind, and what was asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.core.decisions import Move, Refused
from orchestrator.core.plans.proposal import HandOff, Limit, Peak, Proposal, Sizes, Spread, Stays, Tally
from orchestrator.engine.answers.plans import Pausing, PlanMoves, PlanStatus
from orchestrator.errors import UnknownPlan

MOVES = tuple(Move(f"thing-{number}", 0, 5) for number in range(250))


def plan(number: int = 7, **changed: object) -> PlanStatus:
    proposal = Proposal(
        number=number,
        made_at=1_700_000_000.0,
        actor="api 127.0.0.1",
        note="more room",
        count=250,
        standing=250,
        new=3,
        before=Sizes(shards=5, max_instances=100, resource_per_instance=50),
        after=Sizes(shards=6, max_instances=100, resource_per_instance=42),
        shards=((0, 50),),
        created=(5,),
        moves=250,
        pairs=((0, 5, 250),),
        spread_before=(Spread(dimension="count", least=50, mean=50.0, most=50),),
        spread_after=(Spread(dimension="count", least=41, mean=41.667, most=42),),
        peaks=(Peak(shard=5, load=(42,), capacity=(42,)), Peak(shard=0, load=(50,), capacity=(42,))),
        hand_off=HandOff(seconds=6.0, each=2.0, at_once=100, basis="measured", samples=40),
        limits=(Limit(code="move-budget", sentence="At most 100 ids move at once: it takes 3 rounds."),),
        cost=250,
        stays=(Stays(reason="deleted", sentence="Deleted since.", count=1, ids=("thing-9",)),),
        remarks=("Plan 6 was applied after plan 5.",),
    )
    status = PlanStatus(
        kind="Thing",
        proposal=proposal,
        stage="proposed",
        expires_at=1_700_003_600.0,
        tally=Tally(waiting=250),
    )
    return replace(status, **changed)  # type: ignore[arg-type]


class PlansDouble:
    """Mixed into the double, which has ``calls``, ``refusal``, ``_may_fail`` and ``_known``."""

    def plans(self, kind: str) -> Sequence[PlanStatus]:
        self._known(kind)
        return [plan(8), plan(7)]

    def plan(self, kind: str, number: int) -> PlanStatus:
        self._known(kind)
        if number not in (7, 8):
            raise UnknownPlan(f"{kind} has no plan {number}: the newest is plan 8")
        return plan(number)

    async def plan_moves(
        self, kind: str, number: int, *, start: int, most: int, pair: tuple[int, int] | None = None
    ) -> PlanMoves:
        self.plan(kind, number)
        every = tuple(move for move in MOVES if pair in (None, (move.source, move.target)))
        chosen = every[start : start + most]
        end = start + len(chosen)
        return PlanMoves(moves=chosen, next=end if end < len(every) else None)

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
        self._known(kind)
        return self._answered("make", (kind, max_instances, resource_per_instance, note, actor), 7)

    async def apply_plan(
        self, kind: str, number: int, *, actor: str, reason: str = "", dry_run: bool = False
    ) -> PlanStatus | Refused:
        self.plan(kind, number)
        if reason:
            self.calls.append(("apply-reason", reason))
        return self._answered("apply", (kind, number, actor), number)

    async def act_on_plan(
        self, kind: str, number: int, *, act: str, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        self.plan(kind, number)
        return self._answered(act, (kind, number, actor), number)

    async def undo_plan(
        self, kind: str, number: int, *, note: str, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        self.plan(kind, number)
        return self._answered("undo", (kind, number, note, actor), 8)

    async def discard_plan(
        self, kind: str, number: int, *, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        self.plan(kind, number)
        return self._answered("discard", (kind, number, actor), number)

    async def pause_kind(self, kind: str, *, paused: bool, actor: str, dry_run: bool = False) -> Pausing:
        self._known(kind)
        self._may_fail()
        self.calls.append(("pause-kind", (kind, paused, actor)))
        return Pausing(kind=kind, paused=paused)

    def _answered(self, verb: str, said: object, number: int) -> PlanStatus | Refused:
        self.calls.append((verb, said))
        self._may_fail()
        return plan(number) if self.refusal is None else self.refusal
