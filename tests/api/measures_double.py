"""The double of the facade: what the engine measures of itself."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.engine.answers.measures import Measures


class MeasuresDouble:
    def measures(self) -> Sequence[Measures]:
        return (
            Measures(kind="Thing", waiting=7, release_progress=0.25),
            Measures(kind="Rule", waiting=0, release_progress=None),
        )

    def journal_waiting(self) -> int:
        return 3
