"""What people may ask of the ids that are set apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.quarantine import Quarantined


class QuarantineFacade(Protocol):
    """Raises as the rest of the facade does."""

    def quarantine(self, kind: str) -> Sequence[Quarantined]:
        """Who is set apart, the newest first."""

    async def quarantine_add(
        self,
        kind: str,
        resource_id: str,
        *,
        seconds: float | None,
        why: str,
        actor: str,
        dry_run: bool = False,
    ) -> Quarantined | Refused | None:
        """Set an id apart on a person's word, for so long; None: the catalog does not list it."""

    async def quarantine_lift(
        self, kind: str, resource_id: str, *, actor: str, dry_run: bool = False
    ) -> bool:
        """Let an id be placed again; False: it was not set apart."""
