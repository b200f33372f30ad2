"""The accounts of what two serve at once, by the evidence for it."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.core.coverage.accounts import Accounts
from orchestrator.core.coverage.cover import Cover


class Doubled(Accounts):
    """Ids by name; whole shards are marked as in all accounts."""

    def exactly(self, ids: Collection[str], why: str, now: float) -> None:
        """These, and no others, are served by two by the evidence of this sort (``why``)."""
        for resource_id in [i for i, known in self.named.items() if known.why == why]:
            if resource_id not in ids:
                self.strike(resource_id, now)
        for resource_id in ids:
            self.name(resource_id, Cover.DOUBLE, now, why)
