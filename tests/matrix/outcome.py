"""How a run ended, in what must not depend on the faults in it."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.model import Shard
from orchestrator.ports import Phase
from tests.matrix.workloads import KIND
from tests.simulation.checker import Seen
from tests.simulation.world import World


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """``where``: the shard of each id. ``documents``: the paths in the store, but for the office,
    the revisions, and the plans: what was begun anew has a plan more, or another number.

    ``moves``: how often an id changed its shard; ``begun``: how many instances were begun.
    """

    where: dict[str, int]
    counts: dict[int, int]
    goal: tuple[object, ...]
    revision: int
    documents: frozenset[str]
    instances: frozenset[int]
    moves: int
    begun: int


class Watch:
    """Counts moves and instances from the moment at which it is made."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._home: dict[str, int] = {}
        self._incarnation = 0
        self._moves = 0
        self._begun = 0
        seen = world.documents.seen.get(KIND)
        if seen is not None:
            self._home = dict(seen.owned)
            self._incarnation = seen.loaded.state.next_incarnation
        before = world.documents.on_seen

        def on_seen(kind: str, old: Seen | None, new: Seen, epoch: int) -> None:
            before(kind, old, new, epoch)
            self._look(new)

        world.documents.on_seen = on_seen

    def _look(self, seen: Seen) -> None:
        for resource_id in list(self._home):
            if resource_id not in seen.owned and resource_id not in seen.releasing:
                del self._home[resource_id]
        for resource_id, shard in seen.owned.items():
            if self._home.setdefault(resource_id, shard) != shard:
                self._home[resource_id] = shard
                self._moves += 1
        self._begun += max(0, seen.loaded.state.next_incarnation - self._incarnation)
        self._incarnation = seen.loaded.state.next_incarnation

    async def outcome(self) -> Outcome:
        """Requires: the world is at rest."""
        world = self._world
        seen = world.documents.seen[KIND]
        shards: dict[int, Shard] = dict(seen.loaded.shards)
        state = seen.loaded.state
        layout = world.documents.layout
        plans = (layout.paper(KIND, name) for name in ("plans", "plan.", "moves."))
        not_shards = (layout.leader, layout.revision(KIND, 0)[:-1], *plans)
        running = [one.shard for one in await world.runtime.observe(KIND) if one.phase is not Phase.ENDED]
        return Outcome(
            where=dict(seen.owned),
            counts={number: shard.used for number, shard in sorted(shards.items())},
            goal=(
                state.shards,
                state.max_instances,
                state.resource_per_instance,
                state.paused,
            ),
            revision=state.revision,
            documents=frozenset(p for p in world.documents.documents if not p.startswith(not_shards)),
            instances=frozenset(running),
            moves=self._moves,
            begun=self._begun,
        )
