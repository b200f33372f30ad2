"""The facade: numbered plans, and pausing a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.plans import Pausing, PlanMoves, PlanStatus


class PlansFacade(Protocol):
    """Methods that name a plan raise ``UnknownPlan``; those that change something raise ``NotNow``."""

    def plans(self, kind: str) -> Sequence[PlanStatus]:
        """Those that are kept, the newest first."""

    def plan(self, kind: str, number: int) -> PlanStatus: ...
    async def plan_moves(
        self, kind: str, number: int, *, start: int, most: int, pair: tuple[int, int] | None = None
    ) -> PlanMoves:
        """At most so many of its moves, beginning with that of this place in their order.

        ``pair``: only those from the first of these shards to the second; places are counted among these.
        """

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
        """Compute a plan of an orchestration; nothing but the plan is written."""

    async def apply_plan(
        self, kind: str, number: int, *, actor: str, reason: str = "", dry_run: bool = False
    ) -> PlanStatus | Refused:
        """Begin it; once more, the answer is how far it has come. ``reason``: a person's, for the journal."""

    async def act_on_plan(
        self, kind: str, number: int, *, act: str, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        """``act``: pause, resume or cancel."""

    async def undo_plan(
        self, kind: str, number: int, *, note: str, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        """Compute the plan of the way back; nothing but that plan is written."""

    async def discard_plan(
        self, kind: str, number: int, *, actor: str, dry_run: bool = False
    ) -> PlanStatus | Refused:
        """Remove a plan that was not applied; the answer is how it stood."""

    async def pause_kind(self, kind: str, *, paused: bool, actor: str, dry_run: bool = False) -> Pausing:
        """Have nothing of the kind orchestrated, grown or moved, or resume that."""
