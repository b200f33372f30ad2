"""One orchestrator of a world: a process that runs an engine, is crashed, frozen and started again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from notify.memory import MemoryNotifications
from orchestrator.core.decisions import Transaction
from orchestrator.engine.answers import Assignment, Turned
from orchestrator.engine.engine import Engine
from orchestrator.engine.setup import Surroundings
from orchestrator.engine.store_identity import InMemory
from orchestrator.errors import ShardwrightError
from orchestrator.ports import Beat
from orchestrator.store.memory import MemoryStore
from orchestrator.store.migration import MIGRATION, Migration
from tests.simulation.doors import CatalogDoor, Doors, RuntimeDoor, StoreDoor
from tests.simulation.process import Process
from tests.simulation.rules import step_of_hand_off

HANDED_OVER_S = 6.0
"""What an orderly end may take: the commit in flight, the resignation and the last words of the journal."""

if TYPE_CHECKING:
    from tests.simulation.world import World

SESSION_S = 6.0
"""A session ends so long after its last renewal; its holder stops trusting it after two thirds."""


class Node:
    """``name``: the same over all its ``lives``; each is a process of its own.

    ``hears``: whether the broker of the notifications reaches it. ``migration``: of the version that
    its next life runs.
    """

    def __init__(self, world: World, name: str, migration: Migration = MIGRATION) -> None:
        self.name = name
        self.migration = migration
        self.engine: Engine | None = None
        self.store: StoreDoor | None = None
        self.notifications = MemoryNotifications()
        self.identity = InMemory()
        self.process: Process | None = None
        self.hears = True
        self.lives = 0
        self._world = world
        self._task: asyncio.Task[None] | None = None
        self._renewed: dict[MemoryStore, float] = {}
        self._answers: set[asyncio.Task[Any]] = set()

    @property
    def label(self) -> str:
        return "" if self.process is None else self.process.label

    @property
    def is_up(self) -> bool:
        return self._task is not None and not self._task.done() and not self._is_dead

    @property
    def _is_dead(self) -> bool:
        return self.process is not None and self.process.dead

    @property
    def leads(self) -> bool:
        return self.is_up and self.engine is not None and self.engine.leadership.holds()

    def start(self) -> None:
        """Begin the next life."""
        assert not self.is_up
        self.lives += 1
        self.process = Process(f"{self.name}#{self.lives}", self._world.weather, self._world.story)
        self._world.story.tell(self.label, "starts")
        self._task = self._world.loop.spawn(self.label, self._live(self.process))

    async def _live(self, process: Process) -> None:
        """Lead, or wait to lead, for as long as the process runs."""
        self._begin(process)
        assert self.engine is not None
        try:
            await self.engine.run()
        except Exception as error:
            if not process.dead:
                self._world.story.break_(f"{process.label} died of {_causes(error)}")
                raise
        finally:
            self._world.add_up(self.engine)
            if self.store is not None and not process.dead:
                await self.store.close()

    def _begin(self, process: Process) -> None:
        world = self._world
        protocols = dict.fromkeys(world.kinds, world.settings.policy.protocol)
        inner = MemoryStore(world.documents, protocols, self.migration)
        self.store = StoreDoor(
            process,
            inner,
            world.documents,
            lambda transaction: self._committed(process, transaction),
            in_order=world.settings.in_flight > 1,
            is_mixed=world.settings.mixed,
        )
        process.fall = lambda: world.later(0.0, self._come_back) if self.crash() else None
        process.may_act = lambda: inner.lease_until > world.loop.time()
        process.in_office = lambda: self.engine is not None and self.engine.leadership.office is not None
        self._renewed[inner] = world.loop.time()
        self._renew()
        self.notifications = MemoryNotifications()
        doors = self._between(
            Doors(
                process=process,
                store=self.store,
                catalog=CatalogDoor(process, world.catalog),
                runtime=RuntimeDoor(process, world.runtime, world.later),
                notifications=self.notifications,
                journal=world.journal,
            )
        )
        numbers, heartbeats = world.names, world.heartbeats.listen(self.name)
        self.engine = Engine(
            version="sim",
            holder=self.name,
            store=doors.store,
            journal=doors.journal,
            notifications=doors.notifications,
            kinds=[
                replace(setup, catalog=doors.catalog, runtime=doors.runtime, heartbeats=heartbeats)
                for setup in world.setups
            ],
            around=Surroundings(
                clock=world.clock,
                offload=_inline,
                worker_url=lambda: "http://world",
                own_url=lambda: f"http://{self.name}",
                key=b"key",
                name=lambda prefix: f"{prefix}-{next(numbers)}",
                store_id=world.settings.store_id,
                away_limit=world.settings.away_limit,
            ),
            identity=self.identity,
        )

    def _between(self, doors: Doors) -> Doors:
        """What the engine of this life is given; heirs put something in between."""
        return doors

    def _committed(self, process: Process, transaction: Transaction) -> None:
        self._world.committed(transaction, self)
        if self.migration.newest > self._world.documents.written:
            self._world.story.meet("the older layout written by a newer version")
        if self._world.weather.happens(self._world.weather.crash_after_commit):
            self._world.story.meet("crash after a commit")
            self._world.later(0.0, self.crash_and_return)
        del process

    def leads_since(self) -> float:
        """When this leader began to listen; infinite for one that does not lead."""
        office = self.engine is not None and self.engine.leadership.office is not None
        return self.engine.leadership.since if office and self.engine is not None else math.inf

    # --- the session ---

    def _renew(self) -> None:
        assert self.store is not None
        inner, now = self.store.inner, self._world.loop.time()
        cut_off = self.process is not None and "store" in self.process.cut_off
        if "store" not in self._world.weather.out and not cut_off:
            self._renewed[inner] = now
            inner.lease_until = now + SESSION_S * 2 / 3

    def keep_session(self) -> None:
        """Once a second: renew what lives, and end the sessions, of earlier lives too, that nobody renews."""
        if self.is_up and self.store is not None and not self._world.loop.is_frozen(self.label):
            self._renew()
        for store, renewed in list(self._renewed.items()):
            if self._world.loop.time() - renewed > SESSION_S:
                store.expire()
                if self.store is None or store is not self.store.inner:
                    del self._renewed[store]

    # --- what happens to it ---

    def crash(self) -> bool:
        """Gone between any two of its steps; runtime, workers and the session live on."""
        if not self.is_up or self.process is None or self._task is None:
            return False
        if self.leads and (step := step_of_hand_off(self._world.documents.seen.values())):
            self._world.story.meet(f"hand-off interrupted: {step}")
        self._world.story.tell(self.label, "crashes")
        self._world.story.meet("engine crash")
        self.process.dead = True
        if self.store is not None:
            self._leave_behind(self.store)
        for answer in list(self._answers):
            answer.cancel()
        self._answers.clear()
        self._task.cancel()
        self._world.loop.thaw(self.label)
        return True

    def _leave_behind(self, store: StoreDoor) -> None:
        """The first of what was sent and not carried out still arrives at the store, some time."""
        left = store.wire.left()
        for work in left[: self._world.chance.randint(0, len(left))] if left else ():
            self._world.story.meet("sent before a crash, done after it")
            store.faulty.leave(work)
        if left:
            self._world.later(self._world.chance.uniform(0.0, SESSION_S), store.faulty.deliver)

    async def crash_and_return(self) -> None:
        self.crash()
        await self._come_back()

    async def _come_back(self) -> None:
        await asyncio.sleep(self._world.chance.uniform(0.1, 12.0))
        await self.gone()
        if not self.is_up:
            self.start()

    async def restart(self) -> None:
        """End in good order, and begin the next life soon after."""
        engine, task = self.engine, self._task
        if not self.is_up or engine is None or task is None or self._world.loop.is_frozen(self.label):
            return
        self._world.story.tell(self.label, "is told to stop")
        if self.leads:
            self._world.story.meet("hand-over")
            if step_of_hand_off(self._world.documents.seen.values()):
                self._world.story.meet("told to stop while moving")
        began = self._world.loop.time()
        await asyncio.wait([self._world.loop.spawn(self.label, engine.hand_over()), task])
        took = self._world.loop.time() - began
        late = took > HANDED_OVER_S and not self._is_dead and not self._world.story.met["freeze"]
        self._world.story.require(not late, f"L10: an orderly end took {took:.1f} s")
        await asyncio.sleep(self._world.chance.uniform(0.0, 3.0))
        await self.gone()
        if not self.is_up:
            self.start()

    def cut_off(self) -> None:
        """It alone reaches the store no more, and does not know why."""
        if self.process is not None:
            self._world.story.tell(self.label, "cannot reach the store")
            self._world.story.meet("cut off alone")
            self.process.cut_off.add("store")

    def reconnect(self) -> None:
        if self.process is not None:
            self.process.cut_off.clear()

    async def stopped(self) -> None:
        """Where it was told to stop, wait until it has: whoever told it may wait no more."""
        if self.is_up and self.engine is not None and self.engine.leadership.is_ending:
            assert self._task is not None
            await asyncio.wait([self._task], timeout=HANDED_OVER_S)

    async def gone(self) -> None:
        """Wait until a crashed life has left nothing behind. Raises Broken when it has."""
        task, label = self._task, self.label
        if task is None or not self._is_dead:
            return
        await asyncio.wait([task])
        await asyncio.sleep(0.001)
        left = self._world.loop.left_behind(label)
        self._world.story.require(not left, f"{label} left behind {left[:3]}")

    def freeze(self) -> None:
        if self.is_up:
            self._world.story.tell(self.label, "is frozen")
            self._world.story.meet("freeze")
            self._world.loop.freeze(self.label)

    def thaw(self) -> None:
        if self._world.loop.is_frozen(self.label):
            self._world.story.tell(self.label, "goes on")
            self._world.loop.thaw(self.label)

    # --- people and workers ask it ---

    def ask(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have something done as part of this process; it ends with it."""
        task = self._world.loop.spawn(self.label, work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
        return task

    def serve(self, beat: Beat) -> asyncio.Task[Assignment | Turned]:
        """Answer an exchange as part of this process, whoever waits for the answer."""
        task = self._world.loop.spawn(self.label, self._exchange(beat))
        self._answers.add(task)
        return task

    async def _exchange(self, beat: Beat) -> Assignment | Turned:
        try:
            if not self.is_up or self.engine is None:
                return Turned(status=503, detail="nobody is here")
            if self._world.setups[0].beats_over_http and self.leads:
                self._world.heard(beat)
            return await self.engine.exchange(replace(beat, received=self._world.loop.time()))
        except ShardwrightError as error:
            return Turned(status=503, detail=str(error))
        finally:
            self._answers.discard(cast("asyncio.Task[Any]", asyncio.current_task()))


async def _inline(work: Callable[[], Any]) -> Any:
    return work()


def _causes(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_causes(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"
