"""What a scenario is told: how much to measure, and where it may write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.figure import Goal

FULL_RUNS = 5
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``folder``: on the disk that is measured; removed at the end. ``profile``: say where the time went.

    ``sizes``: those of the ladder at which planners are compared; none: what the cut has.
    ``patience``: seconds that a step of Helix may take.
    """

    folder: Path
    quick: bool = False
    profile: bool = False
    repeats: int = FULL_RUNS
    sizes: tuple[int, ...] = ()
    patience: float = PATIENCE_S

    @property
    def runs(self) -> int:
        return 1 if self.quick else self.repeats

    @property
    def resources(self) -> int:
        """The design's 100 instances of 5,000; a fifth in the quick cut."""
        return 100_000 if self.quick else 500_000

    def goal(self, limit: float, *, at_least: bool = False, fixed: bool = False) -> Goal:
        goal = Goal(limit=limit, at_least=at_least, fixed=fixed)
        return goal.relaxed() if self.quick else goal
