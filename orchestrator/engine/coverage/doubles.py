"""The evidence that a resource is served by two at once."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.coverage.ledger import Ledger
from orchestrator.core.model import Shard
from orchestrator.core.view import View

IN_STORE = "it stands twice in the store"
STILL_HELD = "its former owner still holds it"
TWO_INSTANCES = "an earlier instance of its shard still runs"


class Doubles:
    """``view``: gives the view, which a reload replaces. ``lasts``: seconds that a sign of life holds."""

    def __init__(self, ledger: Ledger, view: Callable[[], View], lasts: float) -> None:
        self._ledger = ledger
        self._view = view
        self._lasts = lasts
        self._earlier: dict[int, float] = {}
        self._pending: dict[int, frozenset[str]] = {}

    def stored(self, now: float) -> None:
        """The view has changed."""
        duplicates = self._view().duplicates
        if duplicates or self._ledger.doubles.named:
            self._ledger.doubles.exactly(duplicates.keys(), IN_STORE, now)

    def reported(self, number: int, pending: frozenset[str], now: float) -> None:
        """The shard's instance has yet to let go of these ids; another one may serve them already."""
        if not pending and number not in self._pending:
            return
        self._pending.pop(number, None)
        found = frozenset(i for i in pending if self._serves_another(number, i))
        if found:
            self._pending[number] = found
        self._ledger.doubles.exactly(frozenset().union(*self._pending.values()), STILL_HELD, now)

    def forget(self, number: int) -> None:
        """The shard is no more."""
        self._earlier.pop(number, None)
        self._pending.pop(number, None)

    def sweep(self, now: float) -> None:
        """End what has not shown itself again."""
        for number, at in list(self._earlier.items()):
            if now - at >= self._lasts:
                del self._earlier[number]
                self._ledger.doubles.unmark(number, now)

    def two(self, shard: Shard, now: float) -> None:
        """An earlier instance of the shard showed a sign of life."""
        if self._ledger.cover(shard.number) is Cover.COVERED:
            self._earlier[shard.number] = now
            used = self._view().load(shard.number).used[0]
            self._ledger.doubles.mark(shard.number, Cover.DOUBLE, used, now, TWO_INSTANCES)

    def _serves_another(self, number: int, resource_id: str) -> bool:
        place = self._view().index.get(resource_id)
        if place is None or place.shard == number or self._ledger.since(resource_id, place.shard) is not None:
            return False
        owner = self._view().shards[place.shard]
        is_owned = resource_id in owner.chunks[place.chunk].ids
        return is_owned and self._ledger.cover(place.shard) is Cover.COVERED
