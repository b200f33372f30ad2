"""Random worlds: users, operators and faults at work for some minutes, then healing, then rest."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from orchestrator.errors import NotNow, ShardwrightError
from orchestrator.ports import InstanceSpec, Witness
from tests.simulation.node import Node
from tests.simulation.tempers import random_temper
from tests.simulation.worker import Temper
from tests.simulation.world import World

CHAOS_S = (40.0, 150.0)
REST_WITHIN_S = 240.0
QUIET_S = 180.0


class Chaos:
    """Everything random in one world follows from its seed."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self.bad_workers = chance.choice((0.0, 0.1, 0.3))
        self.healed = False
        self._kinds = world.kinds
        self._deleted: list[tuple[str, str]] = []
        self._next = 0
        world.workforce.tempers = self.temper

    def temper(self, spec: InstanceSpec) -> Temper:
        return random_temper(self.chance, 0.0 if self.healed else self.bad_workers)

    async def run(self) -> None:
        world, chance = self.world, self.chance
        for kind in self._kinds:
            count = chance.randint(30, 60)
            world.publisher.create(kind, [f"{kind[0]}{i}" for i in range(count)], tell=False)
            self._next = max(self._next, count)
        for name in ("a", "b")[: chance.randint(1, 2)]:
            world.add_node(name)
        self._worsen()
        works: list[tuple[float, Callable[[], Awaitable[object] | None]]] = [
            (chance.uniform(0.5, 4.0), self._change_catalog),
            (chance.uniform(10.0, 40.0), self._operate),
            (chance.uniform(5.0, 60.0), self._hurt_worker),
            (chance.uniform(10.0, 80.0), self._hurt_node),
            (chance.uniform(10.0, 60.0), self._cut_off),
            (chance.uniform(20.0, 60.0), self._meddle),
        ]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._often(mean, work)) for mean, work in works]
            await world.pass_(chance.uniform(*CHAOS_S))
            for task in running:
                task.cancel()
        await self._heal()

    def _worsen(self) -> None:
        weather, chance = self.world.weather, self.chance
        weather.latency_s = chance.choice((0.0, 0.002, 0.02, 0.2))
        weather.unavailable = chance.choice((0.0, 0.02, 0.1))
        weather.store_faults = chance.choice((0.0, 0.03, 0.1))
        weather.late_ensure = chance.choice((0.0, 0.1))
        weather.stale_listing = chance.choice((0.0, 0.3))
        weather.lost_news = chance.choice((0.0, 0.5, 1.0))
        weather.lost_answer = chance.choice((0.0, 0.05))
        weather.lost_notification = chance.choice((0.0, 0.1, 0.5))
        weather.doubled_notification = chance.choice((0.0, 0.2))
        weather.delayed_notification_s = chance.choice((0.0, 0.05, 2.0))
        weather.crash_after_commit = chance.choice((0.0, 0.0, 0.02))

    async def _often(self, mean: float, work: Callable[[], Awaitable[object] | None]) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1.0 / mean))
            doing = work()
            if doing is not None:
                await doing

    # --- users ---

    def _change_catalog(self) -> None:
        chance, world = self.chance, self.world
        kind = chance.choice(self._kinds)
        there = sorted(world.catalog.ids(kind))
        roll = chance.random()
        if roll < 0.35 and len(there) < 60:
            self._create(kind, chance.choice((1, 1, 1, 5)))
        elif roll < 0.6 and there:
            self._delete(kind, chance.sample(there, min(len(there), chance.choice((1, 1, 2, 6)))))
        elif roll < 0.85 and self._deleted:
            again, resource_id = self._deleted[-chance.randint(1, min(5, len(self._deleted)))]
            world.publisher.create(again, [resource_id])
        elif roll < 0.87 and len(there) > 12:
            self._delete(kind, chance.sample(there, int(len(there) * 0.7)))
        elif there:
            world.publisher.tell(kind, Witness.UPDATED, chance.choice(((), [chance.choice(there)])))

    def _create(self, kind: str, count: int) -> None:
        ids = [f"{kind[0]}{self._next + i}" for i in range(count)]
        self._next += count
        self.world.publisher.create(kind, ids)

    def _delete(self, kind: str, ids: list[str]) -> None:
        self._deleted.extend((kind, i) for i in ids)
        self.world.publisher.delete(kind, ids)

    # --- operators ---

    async def _operate(self) -> None:
        """Somebody asks for something; an answer that never comes is a fault of the engine."""
        leader = self.world.leader
        if leader is None or leader.engine is None:
            return
        kind, chance, engine = self.chance.choice(self._kinds), self.chance, leader.engine
        asked = leader.label

        async def ask() -> None:
            if chance.random() < 0.3:
                await self._accept(leader)
                return
            answer = await engine.orchestrate(
                kind,
                max_instances=chance.choice((None, 4, 6)),
                resource_per_instance=chance.choice((None, 15, 30)),
                dry_run=chance.random() < 0.2,
                actor="chaos",
            )
            self.world.story.tell("operator", f"orchestrates {kind}: {type(answer).__name__}")

        async def asked_for() -> None:
            with suppress(ShardwrightError):
                await ask()

        asking = self.world.loop.spawn(leader.label, asked_for())
        done, _ = await asyncio.wait([asking], timeout=120.0)
        if not done:
            asking.cancel()
            gone = self.world.loop.is_frozen(asked) or leader.label != asked
            self.world.story.require(gone, "an operator was never answered")
        elif not asking.cancelled() and (bug := asking.exception()) is not None:
            raise self.world.story.break_(f"an operator was answered {bug!r}")

    async def _accept(self, node: Node) -> None:
        for kind in self._kinds:
            assert node.engine is not None
            try:
                held = node.engine.kind(kind).held
                if held is not None:
                    self.world.story.meet("held removals")
                    self.world.story.tell("operator", f"accepts {held.count} removals of {kind}")
                    await node.engine.accept_removals(kind, digest=held.digest, count=held.count, actor="op")
            except NotNow:
                continue

    # --- faults ---

    async def _hurt_worker(self) -> None:
        alive = sorted(self.world.workforce.alive)
        if not alive:
            return
        kind, shard = self.chance.choice(alive)
        if self.chance.random() < 0.6:
            self.world.workforce.crash(kind, shard)
            return
        self.world.workforce.freeze(kind, shard)
        await asyncio.sleep(self.chance.uniform(1.0, 20.0))
        self.world.workforce.thaw(kind, shard)

    async def _hurt_node(self) -> None:
        node = self.chance.choice(self.world.nodes)
        fate = self.chance.random()
        if fate < 0.45:
            if self._moving():
                self.world.story.meet("hand-off interrupted by a crash")
            await node.crash_and_return()
        elif fate < 0.6:
            await node.restart()
        elif fate < 0.8:
            node.cut_off()
            await asyncio.sleep(self.chance.uniform(0.5, 15.0))
            node.reconnect()
        else:
            node.freeze()
            await asyncio.sleep(self.chance.uniform(0.5, 15.0))
            node.thaw()

    def _moving(self) -> bool:
        return any(seen.releasing for seen in self.world.documents.seen.values())

    async def _cut_off(self) -> None:
        dependency = self.chance.choice(("store", "catalog", "runtime"))
        self.world.story.tell("weather", f"{dependency} is away")
        self.world.weather.out.add(dependency)
        await asyncio.sleep(self.chance.uniform(0.5, 15.0))
        self.world.weather.out.discard(dependency)
        for node in self.world.nodes:
            if node.store is not None:
                await node.store.faulty.deliver()

    def _meddle(self) -> None:
        """Another writer touches a document, and changes nothing."""
        kind = self.chance.choice(self._kinds)
        path = self.world.documents.layout.kind(kind)
        if path in self.world.documents.documents:
            self.world.story.tell("meddler", f"writes {path}")
            self.world.documents.by_hand(path, lambda body: body)

    async def _heal(self) -> None:
        """Faults stop; a person looks after what waits for one."""
        world = self.world
        world.story.tell("weather", "clears up")
        self.healed = True
        world.weather.clear_up()
        for kind, shard in sorted(world.workforce.alive):
            world.workforce.thaw(kind, shard)
        for node in world.nodes:
            node.thaw()
            node.reconnect()
            if node.store is not None:
                await node.store.faulty.deliver()
            await asyncio.sleep(0.1)
            await node.gone()
            if not node.is_up:
                node.start()

    async def rest(self) -> float:
        """Come to rest, then write nothing any more."""
        world = self.world
        accepting = world.loop.create_task(self._often(5.0, self._look_after))
        took = await world.rest(REST_WITHIN_S)
        before = world.transactions
        await world.pass_(QUIET_S)
        wrote = world.transactions - before
        world.story.require(wrote == 0, f"{wrote} transactions when there was nothing to do")
        await world.rest(1.0)
        accepting.cancel()
        return took

    async def _look_after(self) -> None:
        """What an operator does who reads the alarms."""
        leader = self.world.leader
        if leader is None or leader.engine is None:
            return
        await self._accept(leader)
        for kind in self._kinds:
            with suppress(NotNow):
                if any(one.reason == "no-room" for one in leader.engine.kind(kind).unplaced):
                    self.world.story.meet("no room")
                    await leader.engine.orchestrate(
                        kind, max_instances=6, resource_per_instance=30, dry_run=False, actor="op"
                    )
