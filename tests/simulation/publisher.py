"""The users of the catalog: rows change, and notifications of it are sent, lost, doubled, out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from orchestrator.core.model import ONE, Labels, Vector
from orchestrator.core.traits import Traits
from orchestrator.ports import Notification, Witness

if TYPE_CHECKING:
    from tests.simulation.world import World


class Publisher:
    """``present_at``, ``absent_at``: when the catalog last listed an id, and last did not.

    ``weigh``, ``label``: what an id weighs when it is created, and its labels.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.weigh: Callable[[str], Vector] = lambda resource_id: ONE
        self.label: Callable[[str], Labels] = lambda resource_id: ()
        self.present_at: dict[tuple[str, str], float] = {}
        self.absent_at: dict[tuple[str, str], float] = {}

    def create(self, kind: str, ids: Collection[str], *, tell: bool = True) -> None:
        self._world.story.tell("catalog", f"{kind} creates {','.join(sorted(ids)[:10])}")
        seen = self._world.documents.seen.get(kind)
        now = self._world.loop.time()
        for resource_id in sorted(ids):
            if seen is not None and seen.releasing.get(resource_id, (0, 0))[1] is None:
                self._world.story.meet("created while releasing")
            self.absent_at[kind, resource_id] = now
        self._world.catalog.put(kind, {one: Traits(self.weigh(one), self.label(one)) for one in sorted(ids)})
        if tell:
            self.tell(kind, Witness.CREATED, ids)

    def delete(self, kind: str, ids: Collection[str], *, tell: bool = True) -> None:
        self._world.story.tell("catalog", f"{kind} deletes {','.join(sorted(ids)[:10])}")
        now = self._world.loop.time()
        for resource_id in ids:
            self.present_at[kind, resource_id] = now
        self._world.catalog.drop(kind, ids)
        if tell:
            self.tell(kind, Witness.DELETED, ids)

    def doubt_all(self) -> None:
        """Whoever reads the catalog now may be told that it holds nothing."""
        for kind in self._world.kinds:
            for resource_id in self._world.catalog.ids(kind):
                self.absent_at[kind, resource_id] = self._world.loop.time()

    def tell(self, kind: str, witness: Witness, ids: Collection[str]) -> None:
        """Publish one message, as well as the weather lets it through."""
        weather = self._world.weather
        message = Notification(table=f"t_{kind}", witness=witness, ids=tuple(sorted(ids)))
        if weather.happens(weather.lost_notification):
            self._world.story.meet("lost notification")
            return
        for _ in range(2 if weather.happens(weather.doubled_notification) else 1):
            if weather.delayed_notification_s:
                delay = weather.chance.expovariate(1.0 / weather.delayed_notification_s)
                self._world.later(delay, lambda: self._deliver(message))
            else:
                self.push(message)

    async def _deliver(self, message: Notification) -> None:
        self.push(message)
        await asyncio.sleep(0)

    def push(self, message: Notification) -> None:
        for node in self._world.nodes:
            if node.is_up and node.hears:
                node.notifications.push(message)

    # --- what the checker asks ---

    def was_absent_since(self, kind: str, resource_id: str, since: float) -> bool:
        if resource_id not in self._world.catalog.ids(kind):
            return True
        return self.absent_at.get((kind, resource_id), -1.0) >= since

    def was_present_since(self, kind: str, resource_id: str, since: float) -> bool:
        if resource_id in self._world.catalog.ids(kind):
            return True
        return self.present_at.get((kind, resource_id), -1.0) >= since
