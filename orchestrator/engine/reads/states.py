"""In which state each id of a kind is, for lists: in the words and by the rules of the counts of the kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Protocol

from orchestrator.core.decisions import Reason
from orchestrator.core.model import Protocol as WorkerProtocol
from orchestrator.core.model import Releasing, Shard
from orchestrator.core.view import View
from orchestrator.engine.answers.reads import Listed, ListedResource
from orchestrator.engine.status import count_ids, shard_health, shard_status
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure

SERVING = ("ok", "late", "draining")


class States(Protocol):
    """Of one kind, as of now; for one request."""

    view: View

    def nowhere(self) -> Collection[str]:
        """Ids that are known and that no shard has."""

    def rare(self, state: Listed) -> Iterator[str] | None:
        """All ids in the state, and perhaps others, each once; None: that may be most of the kind.

        It may be gone through while the kind changes.
        """

    def total(self, state: Listed | None) -> int | None:
        """How many are in the state; None: it is not known."""

    def of(self, resource_id: str) -> ListedResource | None:
        """None where it is known no more."""


class StoredStates:
    """What the store alone says: nobody leads, so nobody knows what was acknowledged."""

    def __init__(self, view: View) -> None:
        self.view = view

    def nowhere(self) -> Collection[str]:
        return ()

    def rare(self, state: Listed) -> Iterator[str] | None:
        if state is Listed.ARRIVING:
            return None
        return leaving(self.view) if state in (Listed.MOVING, Listed.DELETING) else iter(())

    def total(self, state: Listed | None) -> int | None:
        return self.view.count() if state is None else None

    def of(self, resource_id: str) -> ListedResource | None:
        found = standing(self.view, resource_id)
        if found is None:
            return None
        shard, entry = found
        if entry is None:
            return ListedResource(id=resource_id, state=Listed.ARRIVING, shard=shard.number)
        return ListedResource(id=resource_id, state=_going(entry), shard=shard.number, to=entry.to)


class LedStates:
    """What the leader knows beyond the store."""

    def __init__(self, tenure: Tenure, supervisor: Supervisor) -> None:
        self.view = tenure.view
        self._tenure = tenure
        self._supervisor = supervisor
        self._arriving: dict[int, Collection[str] | Listed] = {}

    def nowhere(self) -> Collection[str]:
        return self._tenure.findings.unplaced

    def rare(self, state: Listed) -> Iterator[str] | None:
        if state in (Listed.MOVING, Listed.DELETING):
            return leaving(self.view)
        if state is Listed.HELD:
            return iter(self._tenure.findings.held_ids)
        if state in (Listed.UNOWNED, Listed.QUARANTINED):
            return self._unserved()
        if state is Listed.ARRIVING and all(map(self._is_counted, self.view.shards.values())):
            return self._told()
        return None

    def total(self, state: Listed | None) -> int | None:
        unplaced, index = self._tenure.findings.unplaced, self.view.index
        if state is None:
            return len(index) + sum(resource_id not in index for resource_id in unplaced)
        if state is Listed.QUARANTINED:
            apart = Reason.QUARANTINED.value
            return sum(one.reason == apart and one.id not in index for one in unplaced.values())
        if state in (Listed.OWNED, Listed.ARRIVING):
            shards = self.view.shards.values()
            counts = count_ids(
                self._tenure, tuple(shard_status(self._tenure, self._supervisor, one) for one in shards)
            )
            return counts.owned if state is Listed.OWNED else counts.arriving
        return None

    def of(self, resource_id: str) -> ListedResource | None:
        found = standing(self.view, resource_id)
        if found is None:
            return self._nowhere(resource_id)
        shard, entry = found
        state, since = Listed.OWNED, None
        if resource_id in self._tenure.findings.held_ids:
            state = Listed.HELD
        elif entry is not None:
            state, since = _going(entry), self._seen_at(shard, entry)
        else:
            told = self._told_of(shard)
            if isinstance(told, Listed):
                state = told
            elif resource_id in told:
                state = Listed.ARRIVING
        return ListedResource(
            id=resource_id,
            state=state,
            shard=shard.number,
            to=None if entry is None else entry.to,
            since=since,
        )

    def _nowhere(self, resource_id: str) -> ListedResource | None:
        one = self._tenure.findings.unplaced.get(resource_id)
        if one is None:
            return None
        is_apart = one.reason == Reason.QUARANTINED.value
        return ListedResource(id=resource_id, state=Listed.QUARANTINED if is_apart else Listed.UNOWNED)

    def _seen_at(self, shard: Shard, entry: Releasing) -> float | None:
        at = self._tenure.roster.entries_seen().get(shard.number, {}).get(entry.generation)
        clock = self._tenure.around.clock
        return None if at is None else clock.wall() - (clock.monotonic() - at)

    def _told_of(self, shard: Shard) -> Collection[str] | Listed:
        """Which of its ids have yet to arrive, or how all of them stand."""
        known = self._arriving.get(shard.number)
        if known is None:
            known = self._arriving[shard.number] = self._ask(shard)
        return known

    def _ask(self, shard: Shard) -> Collection[str] | Listed:
        tenure = self._tenure
        health = shard_health(tenure, shard, tenure.around.clock.monotonic())
        if health == "backoff":
            return Listed.UNOWNED
        if health not in SERVING:
            return Listed.ARRIVING
        if tenure.setup.policy.protocol is WorkerProtocol.SEED:
            return frozenset()
        arriving = tenure.desk.arriving(shard, tenure.roster.acknowledged(shard))
        return Listed.ARRIVING if arriving is None else arriving

    def _is_counted(self, shard: Shard) -> bool:
        return not isinstance(self._told_of(shard), Listed)

    def _told(self) -> Iterator[str]:
        told = [self._told_of(shard) for shard in self.view.shards.values()]
        return chain.from_iterable(ids for ids in told if not isinstance(ids, Listed))

    def _unserved(self) -> Iterator[str]:
        index = self.view.index
        unplaced = [i for i in self._tenure.findings.unplaced if i not in index]
        ended = [one for one in self.view.shards.values() if self._told_of(one) is Listed.UNOWNED]
        return chain(unplaced, chain.from_iterable(shard.ids() for shard in ended))


def standing(view: View, resource_id: str) -> tuple[Shard, Releasing | None] | None:
    """The shard of an id and the entry by which it leaves from there; None: it stands nowhere."""
    place = view.index.get(resource_id)
    if place is None:
        return None
    shard = view.shards[place.shard]
    entries = shard.chunks[place.chunk].releasing
    return shard, next((entry for entry in entries if resource_id in entry.ids), None)


def leaving(view: View) -> Iterator[str]:
    """The ids that their owner has yet to let go of."""
    leaving = [shard for number, shard in view.shards.items() if view.load(number).leaving[0]]
    return chain.from_iterable(entry.ids for shard in leaving for _, entry in shard.entries())


def _going(entry: Releasing) -> Listed:
    return Listed.DELETING if entry.to is None else Listed.MOVING
