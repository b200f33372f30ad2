"""Compare catalog and store in full, at the start, after each reconnect, on a timer and on request.

It writes nothing: the differences go into the inbox, and each is checked again in its turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from orchestrator.core.differences import Differences, compare
from orchestrator.core.hints import Claim
from orchestrator.core.learning import describe
from orchestrator.core.placement.pins import PAPER as PINS
from orchestrator.core.placement.pins import pins_in
from orchestrator.core.removal import is_wipe
from orchestrator.core.traits import Traits
from orchestrator.engine.furnishing import read_in_full
from orchestrator.engine.poison.apart import nowhere
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import NotNow, Permanent, Unavailable
from orchestrator.ports import Clock

log = structlog.get_logger()

AT_MOST_EVERY_S = 1.0
RETRY_S = 2.0
SETTLE_S = 1.0
"""What publishers have kept back while we were away arrives in this time."""


class Resync:
    """One a kind. Requests that arrive while one is under way are served by the next."""

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._setup = tenure.setup
        self._clock: Clock = tenure.around.clock
        self._wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self.audited_at: float | None = None
        self.trouble = ""
        self._settles = True

    def request(self) -> None:
        self._wanted.set()

    def request_after_connecting(self) -> None:
        """Let the publishers speak first: what a message names needs no share of the removal budget."""
        self._settles = True
        self._wanted.set()

    async def carried_out(self) -> None:
        """Ask for a resync and wait until one that began after this call has ended."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._wanted.set()
        await done

    def close(self) -> None:
        """Nobody is to wait for a resync that never comes."""
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            if not done.done():
                done.set_exception(NotNow("this orchestrator is not the leader any more"))

    @property
    def audited_age(self) -> float | None:
        return None if self.audited_at is None else self._clock.monotonic() - self.audited_at

    async def run(self) -> None:
        while True:
            if self._settles:
                self._settles = False
                await self._clock.sleep(SETTLE_S)
            self._wanted.clear()
            waiting, self._waiting = self._waiting, []
            complete = await self._once()
            for done in waiting:
                if not done.done():
                    if complete:
                        done.set_result(None)
                    else:
                        done.set_exception(Unavailable(self.trouble))
            await self._clock.sleep(AT_MOST_EVERY_S if complete else RETRY_S)
            if not complete:
                continue
            try:
                async with asyncio.timeout(self._setup.resync_interval):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _once(self) -> bool:
        tenure = self._tenure
        apart = nowhere(tenure.view)
        pinned = frozenset(pins_in(tenure.view.papers.get(PINS)))
        try:
            listing = await tenure.weighing.listing()
        except Unavailable as error:
            self.trouble = str(error)
            tenure.recorder.counters["resyncs.failed"] += 1
            log.warning("resync failed", kind=self._setup.kind, error=self.trouble)
            return False
        self.trouble = ""
        tenure.inbox.overflowed = False
        changed: dict[str, Traits] = {}
        async with tenure.learning:
            for _ in describe(tenure.view, listing.ids, listing.weights, listing.labels, changed):
                await asyncio.sleep(0)
        read_in_full(tenure)
        tenure.beside("record", tenure.record.weighed, changed)
        tenure.findings.doubt(listing.doubts, listing.doubtful)
        found = await self._compare(listing.ids)
        differing = f"{len(found.missing)} unowned, {len(found.surplus)} not in the catalog"
        tenure.beside("record", tenure.record.compared, len(listing.ids), differing)
        tenure.beside("coverage", tenure.coverage.catalog.compared, found.missing)
        is_held = await self._pass_on(found)
        # One after the other: of several a set walks all but the first, and the index is the whole kind.
        # What is in quarantine is missing, or it is in the catalog no more, where that is to be believed
        gone = apart.difference(found.missing).difference(tenure.view.index)
        tenure.findings.vanished = frozenset() if is_held else gone
        tenure.weighing.compared(found.missing)
        unlisted = pinned.difference(found.missing).difference(tenure.view.index)
        tenure.findings.unlisted_pins = frozenset() if is_held else unlisted
        await self._recheck()
        self.audited_at = self._clock.monotonic()
        return True

    async def _recheck(self) -> None:
        """Notice what a hand changed in the store; what it came to is compared at the next resync."""
        try:
            if not await self._tenure.recheck():
                log.warning("the store was edited", kind=self._setup.kind)
                self._wanted.set()
        except (Unavailable, Permanent) as error:
            log.warning("the store cannot be compared", kind=self._setup.kind, error=str(error))

    async def _compare(self, ids: Sequence[str]) -> Differences:
        """In steps, so that nobody waits for the loop; a commit in between costs a hint too many at most."""
        latest = Differences()
        for found in compare(self._tenure.view, ids):
            latest = found
            await asyncio.sleep(0)
        return latest

    async def _pass_on(self, found: Differences) -> bool:
        """Whether the catalog lists so little that nothing of it is followed."""
        tenure = self._tenure
        if tenure.findings.held_ids:
            await tenure.around.offload(partial(tenure.findings.keep_held, found.surplus))
        tenure.findings.keep_unplaced(found.missing, tenure.view)
        is_held = is_wipe(len(found.surplus), tenure.view.count(), self._setup.policy)
        if is_held:
            many = f"{len(found.surplus)} of {tenure.view.count()} ids"
            await tenure.hold(found.surplus, f"the catalog lists none of {many}")
        else:
            held = tenure.findings.held_ids
            tenure.inbox.hint((i for i in found.surplus if i not in held), Claim.FOUND)
        tenure.inbox.hint(found.missing, Claim.FOUND)
        if found.doubled:
            tenure.inbox.wake()
        return is_held
