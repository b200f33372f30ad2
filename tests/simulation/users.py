"""What the users of the catalog and of the console do in a random world."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from orchestrator.engine.answers import Overview
from orchestrator.errors import NotNow, ShardwrightError
from orchestrator.ports import Connected, Disconnected, Malformed, Notification, Witness
from tests.simulation.node import Node
from tests.simulation.world import World

ANSWERED_S = 120.0
"""An answer that never comes is a fault of the engine."""

MOST_IDS = 60


class Users:
    def __init__(self, world: World, counts: tuple[int, ...]) -> None:
        self._world = world
        self._deleted: list[tuple[str, str]] = []
        self._next = max(counts)
        self._asked: list[asyncio.Future[None]] = []

    # --- of the catalog ---

    def begin(self, counts: tuple[int, ...]) -> None:
        for kind, count in zip(self._world.kinds, counts, strict=True):
            self._world.publisher.create(kind, [f"{kind[0]}{i}" for i in range(count)], tell=False)

    async def create(self, chance: random.Random) -> None:
        kind = chance.choice(self._world.kinds)
        if len(self._world.catalog.ids(kind)) < MOST_IDS:
            count = chance.choice((1, 1, 1, 5))
            ids = [f"{kind[0]}{self._next + i}" for i in range(count)]
            self._next += count
            self._world.publisher.create(kind, ids)

    async def delete(self, chance: random.Random) -> None:
        kind = chance.choice(self._world.kinds)
        there = sorted(self._world.catalog.ids(kind))
        self._drop(kind, chance.sample(there, min(len(there), chance.choice((1, 1, 2, 6)))))

    async def delete_most(self, chance: random.Random) -> None:
        kind = chance.choice(self._world.kinds)
        there = sorted(self._world.catalog.ids(kind))
        if len(there) > 12:
            self._drop(kind, chance.sample(there, int(len(there) * 0.7)))

    def _drop(self, kind: str, ids: list[str]) -> None:
        self._deleted.extend((kind, one) for one in ids)
        self._world.publisher.delete(kind, ids)

    async def create_again(self, chance: random.Random) -> None:
        if self._deleted:
            kind, resource_id = self._deleted[-chance.randint(1, min(5, len(self._deleted)))]
            self._world.publisher.create(kind, [resource_id])

    async def update(self, chance: random.Random) -> None:
        kind = chance.choice(self._world.kinds)
        there = sorted(self._world.catalog.ids(kind))
        ids = [chance.choice(there)] if there and chance.random() < 0.5 else []
        self._world.publisher.tell(kind, Witness.UPDATED, ids)

    async def send_garbage(self, chance: random.Random) -> None:
        """Messages that are none, of tables that nobody knows, and lies about rows that are there."""
        world, kind = self._world, chance.choice(self._world.kinds)
        there = sorted(world.catalog.ids(kind))
        lie = chance.sample(there, min(3, len(there)))
        world.story.tell("stranger", "sends garbage")
        world.story.meet("malformed message")
        for node in world.nodes:
            node.notifications.push(
                Malformed(detail="not JSON", head=b"\xff{"),
                Notification(table="t_strange", witness=Witness.DELETED, ids=tuple(there)),
                Notification(table=f"t_{kind}", witness=Witness.DELETED, ids=tuple(lie)),
                Notification(table=f"t_{kind}", witness=Witness.CREATED, ids=("nobody", "", "a" * 2000)),
            )

    async def broker_away(self, chance: random.Random) -> None:
        """The link breaks before or after messages came, and the session is lost with it."""
        node = chance.choice(self._world.nodes)
        self._world.story.tell(node.label, "loses the broker")
        self._world.story.meet("broker away")
        node.notifications.push(Disconnected(detail="gone"))
        node.hears = False
        await asyncio.sleep(chance.uniform(0.5, 15.0))
        node.hears = True
        node.notifications.push(Connected())

    # --- of the console ---

    async def orchestrate(self, chance: random.Random) -> None:
        leader, kind = self._world.leader, chance.choice(self._world.kinds)
        if leader is None or leader.engine is None:
            return
        engine = leader.engine

        async def ask() -> None:
            answer = await engine.orchestrate(
                kind,
                max_instances=chance.choice((None, 4, 6)),
                resource_per_instance=chance.choice((None, 15, 30)),
                dry_run=chance.random() < 0.2,
                actor="chaos",
            )
            self._world.story.meet(f"operator got {type(answer).__name__}")
            self._world.story.tell("operator", f"orchestrates {kind}: {type(answer).__name__}")

        await self.answered(leader, ask)

    async def accept_removals(self, chance: random.Random) -> None:
        leader = self._world.leader
        if leader is not None:
            await self.answered(leader, lambda: self.accept_held(leader))

    async def resync(self, chance: random.Random) -> None:
        leader, kind = self._world.leader, chance.choice(self._world.kinds)
        if leader is not None and leader.engine is not None:
            engine = leader.engine
            await self.answered(leader, lambda: engine.resync(kind, actor="chaos"))

    async def read(self, chance: random.Random) -> None:
        """Ask any server, whether it leads or not, for what the console shows (L9)."""
        node, kind = chance.choice(self._world.nodes), chance.choice(self._world.kinds)
        engine = node.engine
        if engine is None or not node.is_up:
            return
        there = sorted(self._world.catalog.ids(kind)) or ["nobody"]

        async def ask() -> None:
            await engine.recall()
            self._look_at(engine.overview())
            engine.instances(kind)
            await engine.resource(kind, chance.choice(there))
            self._world.story.meet("read from a leader" if engine.term else "read from a follower")

        await self.answered(node, ask)

    def _look_at(self, seen: Overview) -> None:
        for kind in seen.kinds:
            if any("silent instances are not stopped" in alarm for alarm in kind.alarms):
                self._world.story.meet("silent, and spared by the gate")
            if any(shard.health == "backoff" for shard in kind.shards):
                self._world.story.meet("backed off")

    @property
    def asking(self) -> bool:
        """Whether a server has yet to answer something, whoever still waits for it."""
        return any(not one.done() for one in self._asked)

    async def answered(self, node: Node, ask: Callable[[], Awaitable[None]]) -> None:
        world, label = self._world, node.label

        async def asked_for() -> None:
            with suppress(ShardwrightError):
                await ask()

        asking = node.ask(asked_for())
        self._asked.append(asking)
        done, _ = await asyncio.wait([asking], timeout=ANSWERED_S)
        if not done:
            asking.cancel()
            gone = world.loop.is_frozen(label) or node.label != label or not node.is_up
            world.story.require(gone, f"L9: {label} never answered a person")
        elif not asking.cancelled() and (bug := asking.exception()) is not None:
            raise world.story.break_(f"L9: a person was answered {bug!r}")

    async def accept_held(self, node: Node) -> None:
        for kind in self._world.kinds:
            assert node.engine is not None
            with suppress(NotNow):
                held = self._world.status(node.engine, kind).held
                if held is not None:
                    self._world.story.meet("held removals")
                    self._world.story.tell("operator", f"accepts {held.count} removals of {kind}")
                    await node.engine.accept_removals(kind, digest=held.digest, count=held.count, actor="op")
