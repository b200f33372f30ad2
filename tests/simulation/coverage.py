"""Whether the leader's ledger of coverage sees what the world knows: ids that nobody holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.model import Instance, Protocol
from orchestrator.engine.steward import Steward
from tests.simulation.worker import SimulatedWorker

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOKS = 15
"""In a row: an instance acknowledges some seconds before it takes up all ids, one after the other."""


class CoverageCheck:
    """C1: an id that nobody has held for a while, through a resync, is not taken for a covered one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nobody_since: dict[tuple[str, str], float] = {}
        self._overlooked: dict[tuple[str, str], int] = {}
        self._places: dict[tuple[str, str], object] = {}

    @property
    def _within(self) -> float:
        """How long an instance may be gone, or be about to begin what it has acknowledged, unseen."""
        health = self._world.settings.health
        return 2 * (health.deadline + health.window) + 5.0

    def look(self) -> None:
        """Once a second."""
        world = self._world
        for kind in world.kinds:
            self._follow(kind)
        leader = world.leader
        if leader is None or leader.engine is None or world.loop.is_frozen(leader.label):
            return
        if world.settings.policy.protocol is not Protocol.V1:
            return
        term = leader.engine.term
        for kind, steward in ({} if term is None else term.stewards).items():
            self._compare(kind, steward)

    def _follow(self, kind: str) -> None:
        held = {i for ids in self._world.ledger.holdings(kind).values() for i in ids}
        nobodys = self._world.catalog.ids(kind) - held - self._claimed(kind)
        for key in [key for key in self._nobody_since if key[0] == kind and key[1] not in nobodys]:
            del self._nobody_since[key]
            self._overlooked.pop(key, None)
        seen = self._world.documents.seen.get(kind)
        for resource_id in nobodys:
            key = kind, resource_id
            place = None if seen is None else seen.owned.get(resource_id, seen.releasing.get(resource_id))
            # what the store says of it has changed: the next resync is to see how it is now
            if key not in self._nobody_since or self._places.get(key) != place:
                self._nobody_since[key] = self._world.loop.time()
            self._places[key] = place

    def _claimed(self, kind: str) -> set[str]:
        """Let go of, while a live instance that never acknowledges says that it has not.

        No leader can know better before it has that instance ended as stuck, which takes the hand-off's
        deadline within one term of office: an id is nobody's, as far as can be seen, from that end on.
        """
        seen = self._world.documents.seen.get(kind)
        found: set[str] = set()
        for shard in () if seen is None else seen.loaded.shards.values():
            worker = self._world.workforce.alive.get((kind, shard.number))
            if not isinstance(worker, SimulatedWorker) or not worker.temper.never_acknowledges:
                continue
            if shard.instance is Instance.LIVE and worker.spec.incarnation == shard.incarnation:
                leaving = {one for _, entry in shard.entries() for one in entry.ids}
                found |= leaving & worker.claimed - worker.held
        return found

    def _compare(self, kind: str, steward: Steward) -> None:
        world, now = self._world, self._world.loop.time()
        audited = steward.resync.audited_at
        for (of, resource_id), since in self._nobody_since.items():
            # what the catalog said meanwhile may have been old: the audit that counts is the next one
            since = max(since, world.weather.lied_at)
            if of != kind or audited is None or now - since < self._within or audited - since < self._within:
                continue
            if world.publisher.was_absent_since(kind, resource_id, since):
                continue
            if self._is_seen(steward, resource_id):
                world.story.meet("seen to be owned by nobody")
                self._overlooked.pop((kind, resource_id), None)
                continue
            times = self._overlooked[kind, resource_id] = self._overlooked.get((kind, resource_id), 0) + 1
            if times >= LOOKS:
                world.story.break_(f"C1: nobody holds {resource_id} of {kind}, and the ledger has it covered")

    def _is_seen(self, steward: Steward, resource_id: str) -> bool:
        ledger, place = steward.tenure.coverage.ledger, steward.tenure.view.index.get(resource_id)
        known = ledger.since(resource_id, None if place is None else place.shard)
        return known is not None or ledger.open.unnamed[Cover.UNOWNED] > 0
