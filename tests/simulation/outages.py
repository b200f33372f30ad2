"""What goes wrong in a random world with the orchestrators and with what they lean on."""

from __future__ import annotations

import asyncio
import random
from functools import partial

from tests.simulation.node import SESSION_S
from tests.simulation.world import World


class Outages:
    def __init__(self, world: World) -> None:
        self._world = world
        self.store_away = partial(self._away, "store")
        self.catalog_away = partial(self._away, "catalog")
        self.runtime_away = partial(self._away, "runtime")

    # --- orchestrators ---

    async def crash(self, chance: random.Random) -> None:
        node = chance.choice(self._world.nodes)
        await node.crash_and_return()

    async def stop(self, chance: random.Random) -> None:
        await chance.choice(self._world.nodes).restart()

    async def cut_off(self, chance: random.Random) -> None:
        node = chance.choice(self._world.nodes)
        node.cut_off()
        await asyncio.sleep(chance.uniform(0.5, 15.0))
        node.reconnect()

    async def freeze(self, chance: random.Random) -> None:
        await self._freeze(chance, 0.5, 15.0)

    async def pause(self, chance: random.Random) -> None:
        """A leader sleeps until another has taken office, and wakes up late."""
        await self._freeze(chance, SESSION_S + 1.0, SESSION_S + 15.0)

    async def stall(self, chance: random.Random) -> None:
        await self._freeze(chance, 0.1, 2.5)

    async def _freeze(self, chance: random.Random, least: float, most: float) -> None:
        node = chance.choice(self._world.nodes)
        led, label = node.leads, node.label
        node.freeze()
        await asyncio.sleep(chance.uniform(least, most))
        others = any(other.leads for other in self._world.nodes if other is not node)
        if led and others and node.label == label and self._world.loop.is_frozen(label):
            self._world.story.meet("two leaders by a pause")
        node.thaw()

    async def set_wall_clock(self, chance: random.Random) -> None:
        by = chance.choice((-3600.0, -5.0, 5.0, 60.0, 86_400.0))
        self._world.story.tell("weather", f"the wall clock is set by {by:+g} s")
        self._world.story.meet("wall clock set")
        self._world.clock.stepped += by

    # --- what they lean on ---

    async def _away(self, dependency: str, chance: random.Random) -> None:
        self._world.story.tell("weather", f"{dependency} is away")
        self._world.weather.out.add(dependency)
        await asyncio.sleep(chance.uniform(0.5, 15.0))
        self._world.weather.out.discard(dependency)
        await self.deliver()

    async def deliver(self) -> None:
        """What was under way to the store arrives."""
        for node in self._world.nodes:
            if node.store is not None:
                await node.store.faulty.deliver()

    async def catalog_lags(self, chance: random.Random) -> None:
        """All reads come from a replica that stands still for a while."""
        world = self._world
        world.story.tell("weather", "the catalog lags")
        world.story.meet("lagging catalog")
        world.catalog.freeze()
        await asyncio.sleep(chance.uniform(1.0, 10.0))
        world.catalog.thaw()

    async def wrong_catalog(self, chance: random.Random) -> None:
        """The address leads to a database that answers well and holds nothing."""
        world = self._world
        world.story.tell("weather", "the catalog is another one, and empty")
        world.story.meet("empty catalog")
        world.publisher.doubt_all()
        world.catalog._stale = {}
        await asyncio.sleep(chance.uniform(5.0, 40.0))
        world.publisher.doubt_all()
        world.catalog.thaw()

    async def meddle(self, chance: random.Random) -> None:
        """Another writer touches a document, and changes nothing."""
        path = self._world.documents.layout.kind(chance.choice(self._world.kinds))
        if path in self._world.documents.documents:
            self._world.story.tell("meddler", f"writes {path}")
            self._world.documents.by_hand(path, lambda body: body)

    async def heal(self) -> None:
        """All of it is over."""
        self._world.catalog.thaw()
        for node in self._world.nodes:
            node.thaw()
            node.reconnect()
            node.hears = True
            if node.store is not None:
                await node.store.faulty.deliver()
            await asyncio.sleep(0.1)
            await node.stopped()
            await node.gone()
            if not node.is_up:
                node.start()
