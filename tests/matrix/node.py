"""An orchestrator whose every external write and read is a point of the matrix."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.engine.answers import Assignment, Turned
from orchestrator.errors import Unavailable
from orchestrator.ports import Beat
from tests.matrix.doors import Catalog, Journal, Notifications, Runtime, Store
from tests.matrix.fault import Fault
from tests.matrix.points import Points
from tests.simulation.doors import Doors
from tests.simulation.node import Node

if TYPE_CHECKING:
    from tests.simulation.world import World

Answering = asyncio.Task[Assignment | Turned]

RETURN_S = 2.0
STILL_S = 12.0
"""Twice as long as a session."""


class MatrixNode(Node):
    def __init__(self, world: World, name: str, points: Points) -> None:
        super().__init__(world, name)
        self.points = points

    def _between(self, doors: Doors) -> Doors:
        life = Life(self, doors)
        return replace(
            doors,
            store=Store(life),
            catalog=Catalog(life),
            runtime=Runtime(life),
            notifications=Notifications(life),
            journal=Journal(life),
        )

    @property
    def is_next(self) -> bool:
        """Whether the office is this candidate's to take."""
        candidates = self._world.documents.candidates
        return not candidates or (self.store is not None and candidates[0] == self.store.inner._session)

    @property
    def is_dead(self) -> bool:
        return self._is_dead

    # --- what the points do ---

    def tell(self, what: str) -> None:
        self._world.story.tell(self.label, what)

    def now(self) -> float:
        return self._world.loop.time()

    def fall(self) -> None:
        """End at once, and begin anew soon."""
        self.crash()
        self._world.later(RETURN_S, self.come_back)

    async def come_back(self) -> None:
        await self.gone()
        if not self.is_up:
            self.start()

    def stand_still(self) -> None:
        self.freeze()
        self._world.later(STILL_S, self._go_on)

    async def _go_on(self) -> None:
        self.thaw()

    def later(self, seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
        async def quietly() -> None:
            with suppress(Unavailable):
                await work()

        self._world.later(seconds, quietly)

    # --- workers ask it ---

    def serve(self, beat: Beat) -> Answering:
        if not self.is_up or self.engine is None or self.engine.leadership.office is None:
            return super().serve(beat)
        name = f"answer {beat.kind}/{beat.shard} at {beat.generation}, {len(beat.pending)} pending"
        fault = self.points.at_write(name)
        if fault is None:
            return super().serve(beat)
        self.tell(f"{fault} at {name}")
        if fault in (Fault.NOT_APPLIED, Fault.LOST, Fault.LATE):
            return self._unheard(None)
        if fault is Fault.CRASH_BEFORE:
            self.fall()
            return self._unheard(None)
        answering = super().serve(beat)
        if fault is Fault.APPLIED:
            return self._unheard(answering)
        if fault is Fault.CRASH_AFTER:
            answering.add_done_callback(lambda _: self.fall())
        else:
            answering.add_done_callback(lambda _: self.points.after_write(self, fault))
        return answering

    def _unheard(
        self, answering: asyncio.Task[Assignment | Turned] | None
    ) -> asyncio.Task[Assignment | Turned]:
        """An exchange whose answer is lost: where there is none, nothing was asked either."""

        async def lost() -> Assignment | Turned:
            if answering is not None:
                await asyncio.wait([answering])
            raise asyncio.CancelledError

        return self._world.loop.spawn("", lost())


class Life:
    """One life of a node, for its doors."""

    def __init__(self, node: MatrixNode, doors: Doors) -> None:
        self.node = node
        self.doors = doors
        self.points = node.points

    async def write(
        self, name: str, apply: Callable[[], Awaitable[Any]], untold: Callable[[], Any] | None = None
    ) -> Any:
        if self.doors.process.dead:
            return await apply()
        return await self.points.write(self.node, name, apply, untold)

    async def read(
        self,
        source: str,
        name: str,
        fresh: Callable[[], Awaitable[Any]],
        old: Callable[[int], Awaitable[Any]],
    ) -> Any:
        if self.doors.process.dead:
            return await fresh()
        return await self.points.read(self.node, source, name, fresh, old)
