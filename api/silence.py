"""A leader that gave no answer lately: those who read shall not each wait for it in turn."""

from __future__ import annotations

from orchestrator.engine.answers import Standing

QUIET_S = 2.0
"""For how long a leader that was silent is not asked again by those who only read."""

PATIENCE_S = 0.15
"""How long a reader then waits for it, until it has answered somebody."""


class Silence:
    """Of the leader as last known; another leader, or another term of the same, begins without."""

    def __init__(self) -> None:
        self._of: tuple[str, int | None, str] | None = None
        self._asked_at = 0.0

    def patience(self, standing: Standing, usual: float, *, now: float) -> float:
        """Seconds that a reader waits for this leader; none while it is not to be asked."""
        if self._of != _term(standing):
            return usual
        return 0.0 if now - self._asked_at < QUIET_S else min(usual, PATIENCE_S)

    def begin(self, standing: Standing, *, now: float) -> None:
        """It gave no answer in time."""
        self._of, self._asked_at = _term(standing), now

    def end(self, standing: Standing) -> None:
        """It answered."""
        if self._of == _term(standing):
            self._of = None


def _term(standing: Standing) -> tuple[str, int | None, str]:
    return standing.leader, standing.epoch, standing.url
