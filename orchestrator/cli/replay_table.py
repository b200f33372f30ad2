"""Runs of the same history side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orchestrator.cli.printing import columns
from orchestrator.cli.words import number

if TYPE_CHECKING:
    from orchestrator.replay.run import Replayed
    from orchestrator.replay.score import Score

ROWS: tuple[tuple[str, Callable[[Score], str]], ...] = (
    ("placed", lambda s: number(s.placed)),
    ("moved", lambda s: number(s.moves)),
    ("moved back", lambda s: number(s.returned)),
    ("deleted", lambda s: number(s.deleted)),
    ("instances started", lambda s: number(s.started)),
    ("transactions", lambda s: number(s.transactions)),
    ("megabytes written", lambda s: f"{s.written / 1e6:,.1f}"),
    ("unowned, id-seconds", lambda s: f"{s.unowned_s:,.0f}"),
    ("unowned at once, most", lambda s: number(s.unowned_most)),
    ("in hand-off, id-seconds", lambda s: f"{s.handoff_s:,.0f}"),
    ("active shards, end", lambda s: number(s.shards)),
    ("unplaced, end", lambda s: number(s.unplaced)),
    ("still moving, end", lambda s: number(s.moving)),
    ("orchestrations refused", lambda s: number(len(s.refused))),
)


def lines(runs: Sequence[tuple[str, Replayed]], dimensions: Sequence[str]) -> list[str]:
    """A row for each figure, a column for each run."""
    scores = [run.score for _, run in runs]
    rows = [[title, *(said(score) for score in scores)] for title, said in ROWS]
    for position, name in enumerate(("count", *dimensions)):
        for title, which in (("mean", "mean"), ("worst", "most"), ("end", "end")):
            figures = [getattr(score.balance[position], which) for score in scores]
            rows.append([f"max/mean of {name}, {title}", *(f"{figure:.3f}" for figure in figures)])
    return columns(["", *(name for name, _ in runs)], rows)
