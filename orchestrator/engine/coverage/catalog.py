"""What the catalog and its publisher say, as the ledger of coverage and the latency take it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping

from orchestrator.core.coverage.latency import Latency
from orchestrator.core.coverage.ledger import Ledger
from orchestrator.core.hints import Claim
from orchestrator.core.view import View
from orchestrator.ports import Clock, Notification, Witness


class CatalogWitness:
    """``view``: gives the view, which a reload replaces."""

    def __init__(self, ledger: Ledger, latency: Latency, clock: Clock, view: Callable[[], View]) -> None:
        self._ledger = ledger
        self._latency = latency
        self._clock = clock
        self._view = view

    def compared(self, missing: Iterable[str]) -> None:
        """A resync: the catalog lists these, and the store had them nowhere."""
        index = self._view().index
        self._ledger.miss_only({i for i in missing if i not in index}, self._clock.monotonic())

    def looked_up(self, hints: Mapping[str, Claim], present: Container[str], unplaced: Iterable[str]) -> None:
        """A pass over these hints is committed. ``unplaced``: those of the present that have no place."""
        ledger, index = self._ledger, self._view().index
        nowhere = [i for i in unplaced if i not in index]
        if nowhere:
            ledger.miss(nowhere, self._clock.monotonic())
        if ledger.missing:
            gone = [i for i in hints if i in ledger.missing and i not in present]
            ledger.strike(gone, self._clock.monotonic())

    def doubted(self, hints: Mapping[str, Claim]) -> None:
        """The catalog cannot be asked about these."""
        index = self._view().index
        nowhere = [i for i, claim in hints.items() if i not in index and claim is not Claim.DELETED]
        if nowhere:
            self._ledger.miss(nowhere, self._clock.monotonic(), known=False)

    def received(self, message: Notification) -> None:
        """A message of the kind's table that names ids, before it is acted on."""
        latency, index = self._latency, self._view().index
        if message.stamp is not None:
            latency.stamped(message.stamp, message.source)
        if message.witness is Witness.CREATED:
            new = [i for i in message.ids if i not in index]
            if len(new) < len(message.ids):
                latency.duplicate(len(message.ids) - len(new))
            if new:
                lag = None if message.stamp is None else self._clock.wall() - message.stamp
                latency.received(new, self._clock.monotonic(), lag=lag, context=message.trace)
        elif message.witness is Witness.DELETED:
            gone = [i for i in message.ids if i not in index]
            if gone:
                latency.duplicate(sum(1 for i in gone if i not in latency.flights))
                latency.forget(gone)
