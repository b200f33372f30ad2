"""The engine: one replica that campaigns, leads, forgets everything with the office, and campaigns again."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import structlog

from orchestrator.engine.front import Front
from orchestrator.engine.leadership import Leadership
from orchestrator.engine.recorder import Recorder
from orchestrator.engine.store_identity import find
from orchestrator.engine.term import Term
from orchestrator.errors import ShardwrightError

log = structlog.get_logger()

AGAIN_S = 0.2
"""Between the end of a term and the next campaign: terms that end at once shall not make a storm."""

ADOPT_EVERY_S = 10.0


class Engine(Front):
    """Run it with ``run``; end it with ``hand_over``, or by cancelling that task."""

    async def run(self) -> None:
        """Campaign, lead until the office is lost, and again, until told to stop.

        Raises Permanent when the store cannot be used at all.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._recollection.forget)
            adopting = asyncio.create_task(self._adopt())
            stack.callback(adopting.cancel)
            while await self.leadership.take(self._around.own_url(), self._lookout.heard):
                await self._serve()
                if self.leadership.is_ending:
                    return
                log.warning("office lost", why=self.leadership.why_lost)
                await self._around.clock.sleep(AGAIN_S)
                if self.leadership.is_ending:
                    return
                self.leadership = Leadership(self._store, self._around.clock, self._holder)

    async def hand_over(self) -> None:
        """Stop leading in good order, so that another replica leads at once; ``run`` returns after that."""
        await self.leadership.hand_over()

    async def _serve(self) -> None:
        """One term of office."""
        office = self.leadership.office
        assert office is not None
        recorder = Recorder(self._journal, self._feed, self._around.clock, self.counters)
        term = Term(
            self._setups,
            self._around,
            self._store,
            self._notifications,
            self.leadership,
            recorder,
            self._feed,
            self._identity,
        )
        self.counters["terms"] += 1
        log.info("office taken", epoch=office.epoch)
        self._feed.restart(office.epoch << 32)
        self.term = term
        self._lookout.forget()
        try:
            await self._recollection.forget()
            await term.run()
        finally:
            self.term = None
            self._lookout.forget()
            self._feed.restart(0)
            await term.close()

    async def _adopt(self) -> None:
        """While others lead, learn which store this is: emptied, it must not be taken for a new one."""
        while not self._identity.known:
            await self._around.clock.sleep(ADOPT_EVERY_S)
            if self.term is not None or self._identity.known:
                continue
            try:
                found = await find(self._store, list(self._setups))
                if found:
                    self._identity.remember(found)
            except ShardwrightError as error:
                log.info("the store's id is not known yet", error=str(error))
