"""What the engine answers about coverage; only a kind's leader hears the instances."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.engine.answers.coverage import CoverageStatus
from orchestrator.engine.answers.explanation import Explanation
from orchestrator.engine.coverage.status import SHOWN, coverage_status
from orchestrator.engine.explain import explanation
from orchestrator.engine.holdings import Holdings
from orchestrator.ports import JournalFilter, JournalLine


class CoverageFront(Holdings):
    """The facade (``orchestrator.engine.facade.coverage``)."""

    def coverage(self, kind: str, *, shown: int = SHOWN) -> CoverageStatus:
        steward = self._steward(kind)
        intake = None if self.term is None else self.term.intake
        return coverage_status(steward, {} if intake is None else intake.numbering.counted, shown)

    async def explain(self, kind: str, resource_id: str) -> Explanation | None:
        return await explanation(self._steward(kind), self._lines, resource_id)

    async def _lines(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        return await self._patience.wait(self._journal.read(wanted))
