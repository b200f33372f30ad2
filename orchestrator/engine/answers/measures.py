"""What the engine measures of itself, for the metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Of one kind, under this leader. ``waiting``: ids that wait for the next pass.

    ``release_progress``: the share of the moves of the plan under way that are done, 0 to 1; None: there is
    no plan under way.
    """

    kind: str
    waiting: int
    release_progress: float | None
