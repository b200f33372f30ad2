"""From the moment at which a publisher says that a resource is new to the one at which it is served.

Each stage apart: stamp, received, committed, acknowledged. Bounded: what does not fit is counted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.coverage.histogram import Histogram
from orchestrator.core.coverage.journey import Journey
from orchestrator.core.coverage.sequence import SOURCES

IN_FLIGHT_AT_MOST = 10_000
GIVEN_UP_AFTER_S = 600.0
"""What has no place by then may be no resource at all, or have no room; the ledger tells of the latter."""


class Stage(StrEnum):
    """``FROM_STAMP`` and ``FROM_RECEIPT`` are the whole way, of messages with a stamp and without one."""

    STAMP_TO_RECEIVED = "stamp-to-received"
    RECEIVED_TO_COMMITTED = "received-to-committed"
    COMMITTED_TO_ACKNOWLEDGED = "committed-to-acknowledged"
    FROM_STAMP = "stamp-to-owned"
    FROM_RECEIPT = "receipt-to-owned"


@dataclass(slots=True)
class _Flight:
    """``lag``: from the stamp to the receipt, None without a stamp. Moments are monotonic seconds."""

    lag: float | None
    received: float
    context: str = ""
    committed: float = 0.0
    shard: int | None = None
    generation: int = 0


class Latency:
    """Fed in the order of what happens.

    ``counted``: duplicates, disorder (stamps that go back), ahead (stamps of the future), left-out (no room)
    and given-up (placed by nobody for so long). ``ended``: is told of each journey that came to its end.
    """

    def __init__(
        self, at_most: int = IN_FLIGHT_AT_MOST, *, ended: Callable[[Journey], None] | None = None
    ) -> None:
        self.stages = {stage: Histogram() for stage in Stage}
        self.counted: Counter[str] = Counter(
            {"duplicates": 0, "disorder": 0, "ahead": 0, "left-out": 0, "given-up": 0}
        )
        self.flights: dict[str, _Flight] = {}
        self._at_most = at_most
        self._ended = ended
        self._committed: dict[int, deque[tuple[int, list[str]]]] = {}
        self._latest: dict[str, float] = {}

    def stamped(self, stamp: float, source: str = "") -> None:
        """A message of the source says when it was written (wall-clock seconds)."""
        latest = self._latest.pop(source, stamp)
        if stamp < latest:
            self.counted["disorder"] += 1
        elif len(self._latest) >= SOURCES:
            del self._latest[next(iter(self._latest))]
        self._latest[source] = max(stamp, latest)

    def received(self, ids: Iterable[str], now: float, *, lag: float | None, context: str = "") -> None:
        """A message says that these are new. Requires: they stand nowhere. ``lag``: since its stamp."""
        if lag is not None and lag < 0.0:
            self.counted["ahead"] += 1
            lag = 0.0
        for resource_id in ids:
            if resource_id in self.flights:
                self.counted["duplicates"] += 1
            elif len(self.flights) < self._at_most or self._give_up(now):
                self.flights[resource_id] = _Flight(lag, now, context)
            else:
                self.counted["left-out"] += 1

    def duplicate(self, count: int = 1) -> None:
        """A message claims what is so already."""
        self.counted["duplicates"] += count

    def forget(self, ids: Iterable[str]) -> None:
        """These are deleted, or never were."""
        for resource_id in ids:
            self.flights.pop(resource_id, None)

    def committed(self, shard: int, generation: int, ids: Iterable[str], now: float) -> None:
        """The store has these ids on the shard, from this generation on."""
        found = []
        for resource_id in ids:
            flight = self.flights.get(resource_id)
            if flight is not None and flight.shard is None:
                self.stages[Stage.RECEIVED_TO_COMMITTED].add(now - flight.received)
                flight.committed, flight.shard, flight.generation = now, shard, generation
                found.append(resource_id)
            elif flight is not None:
                flight.shard, flight.generation = shard, generation
                found.append(resource_id)
        if found:
            self._committed.setdefault(shard, deque()).append((generation, found))

    def acknowledged(self, shard: int, generation: int | None, now: float) -> None:
        """The shard's instance serves all up to the generation; None: all that it has."""
        waiting = self._committed.get(shard)
        while waiting and (generation is None or waiting[0][0] <= generation):
            since, ids = waiting.popleft()
            for resource_id in ids:
                flight = self.flights.get(resource_id)
                if flight is not None and (flight.shard, flight.generation) == (shard, since):
                    del self.flights[resource_id]
                    self._arrived(resource_id, flight, now)
        if waiting is not None and not waiting:
            del self._committed[shard]

    def _arrived(self, resource_id: str, flight: _Flight, now: float) -> None:
        self.stages[Stage.COMMITTED_TO_ACKNOWLEDGED].add(now - flight.committed)
        if flight.lag is None:
            self.stages[Stage.FROM_RECEIPT].add(now - flight.received)
        else:
            self.stages[Stage.STAMP_TO_RECEIVED].add(flight.lag)
            self.stages[Stage.FROM_STAMP].add(flight.lag + now - flight.received)
        if self._ended is not None and flight.shard is not None:
            self._ended(
                Journey(
                    resource_id=resource_id,
                    shard=flight.shard,
                    generation=flight.generation,
                    lag=flight.lag,
                    received=flight.received,
                    committed=flight.committed,
                    owned=now,
                    context=flight.context,
                )
            )

    def _give_up(self, now: float) -> bool:
        """Make room where the oldest has waited for too long; whether there is some now."""
        oldest = next(iter(self.flights))
        if now - self.flights[oldest].received < GIVEN_UP_AFTER_S:
            return False
        del self.flights[oldest]
        self.counted["given-up"] += 1
        return True
