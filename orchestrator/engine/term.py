"""One term of office: all that a leader has while it leads, dropped with the office."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial

import structlog

from orchestrator.engine.answers import Dependency
from orchestrator.engine.conversion import settle_layout
from orchestrator.engine.dependencies import dependencies
from orchestrator.engine.feed import Feed
from orchestrator.engine.guard import keep_running
from orchestrator.engine.hearing import hear
from orchestrator.engine.intake import Intake
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.opening import open_kind
from orchestrator.engine.reads.herald import Herald
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.engine.steward import Steward
from orchestrator.engine.store_identity import StoreIdentity, decide
from orchestrator.errors import NotNow, Permanent, Unavailable
from orchestrator.ports import Notifications, Runtime, Store

log = structlog.get_logger()

LOOK_AGAIN_S = 1.0

ASIDE_AFTER_S = 30.0
"""How long a leader that can lead no kind says why, before it makes room for one that perhaps can."""


class Term:
    """``run`` it once; ``close`` it however that ended. ``feed``: outlives it, for readers of the stream.

    ``opened``: set once every kind was opened, or refused.
    """

    def __init__(
        self,
        setups: Mapping[str, KindSetup],
        around: Surroundings,
        store: Store,
        notifications: Notifications,
        leadership: Leadership,
        recorder: Recorder,
        feed: Feed,
        identity: StoreIdentity,
    ) -> None:
        self.leadership = leadership
        self.recorder = recorder
        self.stewards: dict[str, Steward] = {}
        self.closed_kinds: dict[str, str] = {}
        self.intake: Intake | None = None
        self.opened = asyncio.Event()
        self._setups = setups
        self._around = around
        self._store = store
        self._notifications = notifications
        self._feed = feed
        self._identity = identity
        self._is_misled = False

    async def run(self) -> None:
        """Open the kinds and lead until the office is lost. Requires: the office is held."""
        try:
            await self._open_all()
        except NotNow as error:
            self.leadership.lose(str(error))
            return
        self.opened.set()
        await self._lead()

    async def _stand_aside(self) -> None:
        """Make room where the store is another's than this replica remembers: it may be the others' store.

        So too where all instances run at a place that it does not see. Not where the store has lost its data,
        which one that remembers nothing would begin anew.
        """
        waited = 0.0
        while waited < ASIDE_AFTER_S:
            await self._around.clock.sleep(LOOK_AGAIN_S)
            waited = waited + LOOK_AGAIN_S if self._is_misled or self._is_elsewhere() else 0.0
        await self.leadership.stand_aside("this orchestrator can lead no kind")

    def _is_elsewhere(self) -> bool:
        stewards = self.stewards.values()
        return bool(stewards) and all(steward.supervisor.place.is_elsewhere for steward in stewards)

    async def close(self) -> None:
        """Nothing goes on from here, and nobody is left without an answer."""
        for steward in self.stewards.values():
            await steward.close()
        await self.leadership.resign()
        await self.recorder.flush()

    async def _open_all(self) -> None:
        try:
            await settle_layout(self._store, self.leadership, self._around.clock, list(self._setups))
            store_id = await self._decide()
        except Permanent as error:
            for kind in self._setups:
                self._shut(kind, error)
            return
        around = replace(self._around, store_id=store_id)
        for setup in self._setups.values():
            try:
                tenure = await open_kind(setup, around, self._store, self.leadership, self.recorder)
                self.stewards[setup.kind] = Steward(tenure, self._store)
            except Permanent as error:
                self._shut(setup.kind, error)
        self._is_misled = not self.stewards
        if self.stewards:
            await around.offload(partial(self._identity.remember, store_id))

    async def _decide(self) -> str:
        """Raises Permanent, and NotNow when the office was lost over it."""
        while True:
            try:
                kinds = list(self._setups)
                store_id = await decide(self._store, kinds, self._identity, self._around.store_id)
                left = sorted(set(await self._store.kinds()).difference(kinds))
            except Unavailable as error:
                await self.leadership.prove()
                if self.leadership.lost.is_set():
                    raise NotNow(self.leadership.why_lost) from error
                log.warning("cannot read the store", error=str(error))
                await self._around.clock.sleep(LOOK_AGAIN_S)
                continue
            if left:
                log.warning("kinds of the store are not configured here: nobody looks after them", kinds=left)
            return store_id

    def _shut(self, kind: str, why: Permanent) -> None:
        self.closed_kinds[kind] = str(why)
        log.error("kind is closed", kind=kind, error=str(why))

    async def _lead(self) -> None:
        by_table = {steward.setup.table: steward for steward in self.stewards.values()}
        self.intake = Intake(self._notifications, by_table, self.recorder.counters)
        herald = Herald(self._feed, self.stewards, self._around.clock, self._leaning)
        async with asyncio.TaskGroup() as tasks:
            setups = [steward.setup for steward in self.stewards.values()]
            runtimes = {id(s.runtime): s.runtime for s in setups}
            channels = {id(s.heartbeats): s for s in setups}
            running = [
                tasks.create_task(work)
                for work in (
                    self._kept("office", self.leadership.watch),
                    self._kept("room", self._stand_aside),
                    self._kept("recorder", self.recorder.run),
                    *(steward.run() for steward in self.stewards.values()),
                    *(self._kept("news", partial(self._hear, r)) for r in runtimes.values()),
                    *(self._kept("beats", partial(self._listen, s)) for s in channels.values()),
                    self._kept("herald", herald.run),
                    self._kept("intake", self._take_in),
                )
            ]
            await self.leadership.lost.wait()
            for task in running:
                task.cancel()

    def _kept(self, name: str, run: Callable[[], Awaitable[None]]) -> Coroutine[None, None, None]:
        return keep_running(name, run, self._around.clock, self.recorder.counters)

    async def _take_in(self) -> None:
        """Listen to the catalog's publisher once every kind has had its first orchestration."""
        assert self.intake is not None
        for steward in self.stewards.values():
            await steward.ready.wait()
        await self.intake.run()

    async def _hear(self, runtime: Runtime) -> None:
        async for seen in runtime.news():
            steward = self.stewards.get(seen.kind)
            if steward is not None:
                steward.supervisor.saw(seen)

    async def _listen(self, setup: KindSetup) -> None:
        """Beats of a channel other than the exchange."""
        async for beats in setup.heartbeats.batches():
            for beat in beats:
                steward = self.stewards.get(beat.kind)
                hear(steward.tenure if steward else None, beat, self.recorder.counters)

    def _leaning(self) -> Sequence[Dependency]:
        stewards = list(self.stewards.values())
        return dependencies(self.leadership, self.intake, stewards, self.closed_kinds, self.recorder)
