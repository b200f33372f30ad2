"""The facade: what the engine measures of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.engine.answers.measures import Measures


class MeasuresFacade(Protocol):
    def measures(self) -> Sequence[Measures]:
        """Of the kinds that this server leads."""

    def journal_waiting(self) -> int:
        """Lines that the journal has yet to take."""
