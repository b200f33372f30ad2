"""The facade: who is served by nobody, or by two, and how long new resources take."""

from __future__ import annotations

from typing import Protocol

from orchestrator.engine.answers.coverage import CoverageStatus
from orchestrator.engine.answers.explanation import Explanation


class CoverageFacade(Protocol):
    def coverage(self, kind: str, *, shown: int = 10) -> CoverageStatus:
        """``shown``: how many of the worst are named. Raises NotNow where nobody leads, and UnknownKind."""

    async def explain(self, kind: str, resource_id: str) -> Explanation | None:
        """Why the id is where it is and not elsewhere; None when neither catalog nor store knows it.

        Raises as ``coverage``.
        """
