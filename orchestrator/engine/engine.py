"""The engine: takes office, opens the kinds, and runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial

import structlog

from orchestrator.engine.front import Front
from orchestrator.engine.guard import keep_running
from orchestrator.engine.intake import Intake
from orchestrator.engine.opening import open_kind
from orchestrator.engine.setup import KindSetup
from orchestrator.engine.steward import Steward
from orchestrator.errors import NotNow, Permanent
from orchestrator.ports import Runtime

log = structlog.get_logger()

SUMMARY_EVERY_S = 0.5


class Engine(Front):
    """Run it with ``run``; it ends when the office is lost or the task is cancelled."""

    async def run(self) -> None:
        """Lead until the office is lost. Raises Permanent when the store cannot be used at all."""
        async with AsyncExitStack() as stack:
            await self.leadership.take(self._around.worker_url())
            stack.push_async_callback(self.leadership.resign)
            stack.push_async_callback(self.recorder.flush)
            stack.callback(self._feed.close)
            try:
                for setup in self._setups.values():
                    await self._open(setup)
            except NotNow as error:
                log.error("office lost", why=str(error))
                return
            self.opened.set()
            for steward in self._stewards.values():
                stack.push_async_callback(steward.close)
            await self._lead()

    async def _open(self, setup: KindSetup) -> None:
        try:
            tenure = await open_kind(setup, self._around, self._store, self.leadership, self.recorder)
            self._stewards[setup.kind] = Steward(tenure, self._store)
        except Permanent as error:
            self.closed_kinds[setup.kind] = str(error)
            log.error("kind is closed", kind=setup.kind, error=str(error))

    async def _lead(self) -> None:
        by_table = {steward.setup.table: steward for steward in self._stewards.values()}
        self._intake = Intake(self._notifications, by_table, self.recorder.counters)
        async with asyncio.TaskGroup() as tasks:
            runtimes = {id(s.runtime): s.runtime for s in self._setups.values()}
            channels = {id(s.heartbeats): s for s in self._setups.values()}
            running = [
                tasks.create_task(work)
                for work in (
                    self._kept("office", self.leadership.watch),
                    self._kept("recorder", self.recorder.run),
                    *(steward.run() for steward in self._stewards.values()),
                    *(self._kept("news", partial(self._hear, r)) for r in runtimes.values()),
                    *(self._kept("beats", partial(self._listen, s)) for s in channels.values()),
                    self._kept("summary", self._summarise),
                    self._kept("intake", self._take_in),
                )
            ]
            await self.leadership.lost.wait()
            log.error("office lost", why=self.leadership.why_lost)
            for task in running:
                task.cancel()

    def _kept(self, name: str, run: Callable[[], Awaitable[None]]) -> Coroutine[None, None, None]:
        return keep_running(name, run, self._around.clock, self.recorder.counters)

    async def _take_in(self) -> None:
        """Listen to the catalog's publisher once every kind has had its first orchestration."""
        assert self._intake is not None
        for steward in self._stewards.values():
            await steward.ready.wait()
        await self._intake.run()

    async def _hear(self, runtime: Runtime) -> None:
        async for seen in runtime.news():
            steward = self._stewards.get(seen.kind)
            if steward is not None:
                steward.supervisor.saw(seen)

    async def _listen(self, setup: KindSetup) -> None:
        """Beats of a channel other than the exchange."""
        async for beats in setup.heartbeats.batches():
            for beat in beats:
                steward = self._stewards.get(beat.kind)
                shard = steward.tenure.view.shards.get(beat.shard) if steward else None
                if steward is None or shard is None or steward.setup.beats_over_http:
                    continue
                if beat.incarnation in (None, shard.incarnation):
                    steward.tenure.roster.heard(shard, beat, counts=True)

    async def _summarise(self) -> None:
        """Tell readers of the stream that figures changed; they fetch what they show."""
        last: object = None
        while True:
            await self._around.clock.sleep(SUMMARY_EVERY_S)
            figures = {
                kind: [steward.tenure.view.state.commit, len(steward.tenure.findings.unplaced)]
                for kind, steward in self._stewards.items()
            }
            if figures != last:
                self._feed.publish("summary", {"kinds": figures})
                last = figures
