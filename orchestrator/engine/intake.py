"""Turns notifications into hints of the right kind, and counts what is none."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

from orchestrator.core.coverage.sequence import Numbering
from orchestrator.core.hints import Claim
from orchestrator.engine.steward import Steward
from orchestrator.ports import (
    Connected,
    Disconnected,
    Malformed,
    Notification,
    NotificationEvent,
    Notifications,
    Witness,
)

KEPT_MALFORMED = 50

CLAIMS = {
    Witness.CREATED: Claim.CREATED,
    Witness.UPDATED: Claim.UPDATED,
    Witness.DELETED: Claim.DELETED,
}


class Intake:
    """``by_table``: which kind's steward looks after a table."""

    def __init__(
        self, notifications: Notifications, by_table: Mapping[str, Steward], counters: Counter[str]
    ) -> None:
        self._notifications = notifications
        self._by_table = by_table
        self._counters = counters
        self.malformed: deque[Malformed] = deque(maxlen=KEPT_MALFORMED)
        self.numbering = Numbering()
        self.connected = False
        self.trouble = "not connected yet"

    async def run(self) -> None:
        """Subscribe, and take what comes until cancelled; then nothing of the subscription is left."""
        batches = self._notifications.batches()
        try:
            async for batch in batches:
                self._take(batch)
        finally:
            await _ended(batches)

    def _take(self, batch: Sequence[NotificationEvent]) -> None:
        for event in batch:
            match event:
                case Notification():
                    self._hint(event)
                case Connected():
                    self.connected, self.trouble = True, ""
                    self._counters["notifications.connects"] += 1
                    for steward in self._by_table.values():
                        steward.resync.request_after_connecting()
                case Disconnected():
                    self.connected, self.trouble = False, event.detail
                case Malformed():
                    self._counters["notifications.malformed"] += 1
                    self.malformed.append(event)

    def _hint(self, event: Notification) -> None:
        self._counters["notifications.received"] += 1
        if event.number is not None:
            self.numbering.take(event.source, event.number)
        steward = self._by_table.get(event.table)
        if steward is None:
            self._counters["notifications.other_table"] += 1
            return
        if not event.ids:
            self._counters["notifications.unnamed"] += 1
            steward.resync.request()
            return
        steward.tenure.beside("coverage", steward.tenure.coverage.catalog.received, event)
        steward.tenure.inbox.hint(event.ids, CLAIMS[event.witness])
        if steward.tenure.inbox.overflowed:
            self._counters["notifications.overflowed"] += 1
            steward.resync.request()


async def _ended(batches: AsyncIterator[object]) -> None:
    """A subscription that is left to the collector of garbage would live on beside the next leader's."""
    if isinstance(batches, AsyncGenerator):
        await batches.aclose()
