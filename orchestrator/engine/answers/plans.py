"""What the facade answers of numbered plans."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.decisions import Move
from orchestrator.core.plans.proposal import Proposal, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatus:
    """A plan as it stands. ``stage``: as stored, or ``expired``. ``expires_at``: wall-clock seconds, None
    where it was applied. ``tally``: of its moves, all of them waiting before it is applied.
    """

    kind: str
    proposal: Proposal
    stage: str
    expires_at: float | None
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMoves:
    """Some of the moves of a plan, in their order; ``next``: where the others begin, None: there are none."""

    moves: tuple[Move, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pausing:
    """Whether a kind is paused now."""

    kind: str
    paused: bool
