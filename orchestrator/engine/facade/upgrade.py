"""The facade: the layout of the store, from one version to the next."""

from __future__ import annotations

from typing import Protocol

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.upgrade import LayoutStatus


class UpgradeFacade(Protocol):
    async def store_layout(self) -> LayoutStatus:
        """The layout of the store, and who reads it. Raises Unavailable, Permanent."""

    async def finalize(self, *, actor: str, dry_run: bool = False) -> LayoutStatus | Refused:
        """Have the store converted to the newest layout of this program: older ones cannot lead from then on.

        This server gives up the office for it; whoever leads next converts. Refused while a replica of
        another version is seen; a status where there is nothing to convert. Raises NotNow, Unavailable.
        """
