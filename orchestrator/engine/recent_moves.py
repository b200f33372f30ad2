"""Which ids were moved in the last 24 hours, and which are still warming up with a new owner.

Held in the leader's memory alone, and only where the kind has a move policy. A successor learns the moves
from the journal, as far as that answers (a line names at most 128 ids), and who is on the way from the store;
who had arrived and was not yet acknowledged it does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import structlog

from orchestrator.core.decisions import ShardChange, Transaction
from orchestrator.core.model import Protocol, Shard
from orchestrator.core.moves.policy import DAY_S, MovePolicy
from orchestrator.core.policy import KindPolicy
from orchestrator.core.view import View, touched_chunks
from orchestrator.engine.roster import Roster
from orchestrator.errors import ShardwrightError
from orchestrator.ports import Journal, JournalFilter

log = structlog.get_logger()

PAGE = 1_000
PAGES = 50
"""Of lines of the journal that a successor reads; beyond, the oldest moves of the day are not known."""

SWEEP_S = 600.0


class RecentMoves:
    def __init__(self, kind: str, policy: KindPolicy, roster: Roster) -> None:
        self._kind, self._policy, self._roster = kind, policy, roster
        self._times: dict[str, list[float]] = {}
        self._on_the_way: set[str] = set()
        self._arrived: dict[str, tuple[int, int, float]] = {}
        self._shards: Mapping[int, Shard] = {}
        self._swept = 0.0
        self._now = 0.0

    @property
    def policy(self) -> MovePolicy:
        return self._policy.move_policy

    def times(self, resource_id: str) -> Sequence[float]:
        return self._times.get(resource_id, ())

    def warming(self) -> Collection[str]:
        for resource_id, (number, generation, since) in list(self._arrived.items()):
            shard = self._shards.get(number)
            # a lower generation is that of another shard, which has got the number since
            if shard is None or shard.generation < generation or self._has_said_so(shard, generation, since):
                del self._arrived[resource_id]
        return self._on_the_way | self._arrived.keys()

    def follow(self, view: View, now: float) -> None:
        """The kind was loaded: who is on the way stands in it. ``now``: monotonic seconds, as everywhere."""
        self._now = now
        if not self.policy.is_free:
            self._shards = view.shards
            self._on_the_way = {
                i
                for shard in view.shards.values()
                for _, e in shard.entries()
                if e.to not in (None, shard.number)
                for i in e.ids
            }

    def committed(self, transaction: Transaction, view: View, *, wall: float, now: float) -> None:
        """``view``: as the transaction leaves it."""
        self._now = now
        if self.policy.is_free:
            return
        self._shards = view.shards
        for change in transaction.changes:
            before, after = set(_leaving(change, is_after=False)), set(_leaving(change, is_after=True))
            for resource_id in after - before:
                self._on_the_way.add(resource_id)
                self._times.setdefault(resource_id, []).append(wall)
            for resource_id in before - after:
                self._on_the_way.discard(resource_id)
                place = view.index.get(resource_id)
                if place is not None and place.shard != change.number:
                    generation = view.shards[place.shard].generation
                    self._arrived[resource_id] = (place.shard, generation, now)
        if wall - self._swept > SWEEP_S or wall < self._swept:
            self._sweep(wall)

    async def recall(self, journal: Journal, wall: float) -> None:
        """Learn from the journal what an earlier leader has moved; not knowing keeps nothing from moving."""
        if self.policy.is_free:
            return
        found: dict[str, list[float]] = {}
        before: int | None = None
        try:
            for _ in range(PAGES):
                wanted = JournalFilter(kind=self._kind, verb="release", before=before, limit=PAGE)
                lines = await journal.read(wanted)
                for line in lines:
                    if line.to is not None and wall - line.at < DAY_S:
                        for resource_id in line.ids:
                            found.setdefault(resource_id, []).append(line.at)
                if len(lines) < PAGE or wall - lines[-1].at >= DAY_S:
                    break
                before = lines[-1].sequence
        except ShardwrightError as error:
            log.warning("recent moves not known", kind=self._kind, error=str(error))
        for resource_id, times in found.items():
            known = {*times, *self._times.get(resource_id, ())}
            self._times[resource_id] = sorted(known)

    def _has_said_so(self, shard: Shard, generation: int, since: float) -> bool:
        if self._policy.protocol is Protocol.SEED:
            return self._now - since >= self._policy.seed_release_wait
        said = self._roster.acknowledged(shard)
        return said is not None and said >= generation

    def _sweep(self, wall: float) -> None:
        self._swept = wall
        for resource_id, times in list(self._times.items()):
            kept = [at for at in times if 0 <= wall - at < DAY_S]
            if kept:
                self._times[resource_id] = kept
            else:
                del self._times[resource_id]


def _leaving(change: ShardChange, *, is_after: bool) -> Iterator[str]:
    """The ids on their way elsewhere, in the documents that the change touched."""
    shard, other = (change.after, change.before) if is_after else (change.before, change.after)
    if shard is not None:
        for _, chunk in touched_chunks(shard, other):
            for entry in chunk.releasing:
                # what comes back to its own shard is let go of for a while, and moves nowhere
                if entry.to not in (None, shard.number):
                    yield from entry.ids
