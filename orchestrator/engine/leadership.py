"""The office of the leader: taking it, writing under it, and losing it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from orchestrator.core.decisions import Ambiguous, CommitResult, Conflict, Deposed, Transaction
from orchestrator.errors import NotNow, Unavailable
from orchestrator.ports import Clock, Held, Office, Store, StoreLayout

log = structlog.get_logger()

CAMPAIGN_EVERY_S = 1.0
FENCE_EVERY_S = 0.2

STOPPED_S = 3.0
"""A process whose clock jumps so far between two ticks of a second did not run meanwhile."""

HAND_OVER_S = 0.8
"""How long an orderly end waits for the commit in flight, and then for the answer to its resignation."""


class Leadership:
    """Holds the office for all kinds. Lost once, it is lost for good: forget everything, begin anew."""

    def __init__(self, store: Store, clock: Clock, holder: str) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder
        self._office: Office | None = None
        self._fencing = asyncio.Lock()
        self._writes = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._ending = False
        self.lost = asyncio.Event()
        self.why_lost = ""
        self._trouble = ""
        self._unfit = ""
        self.since: float = 0.0
        self._ticked: float = 0.0
        self._sure_at: float = 0.0

    @property
    def office(self) -> Office | None:
        return self._office

    @property
    def is_ending(self) -> bool:
        """Whether this server was told to stop: it takes office no more."""
        return self._ending

    @property
    def is_writing(self) -> bool:
        """Whether a commit of any kind is under way."""
        return self._writes > 0

    @property
    def is_settling(self) -> bool:
        """Whether the office is being renewed, as after a reply that did not come."""
        return self._fencing.locked()

    def holds(self) -> bool:
        """Whether nobody else can have taken office yet: gates every effect and every answer to a worker."""
        if self._office is None or self._ending or self.lost.is_set():
            return False
        now = self._clock.monotonic()
        if now >= self._store.valid_until(self._office):
            return False
        self._sure_at = now
        return True

    def doubt(self) -> float | None:
        """Seconds for which somebody else may have led; None while nobody can."""
        return None if self.holds() else self._clock.monotonic() - self._sure_at

    @property
    def why_doubt(self) -> str:
        """Why this leader may not act now, in a sentence without its full stop."""
        if self.why_lost or self._ending:
            return self.why_lost or "this orchestrator ends"
        trouble = f": {self._trouble}" if self._trouble else ""
        return f"this orchestrator has lost touch with the store{trouble}"

    async def take(self, url: str, heard: Callable[[Held | Unavailable], None]) -> bool:
        """Campaign until the office is ours; False when this server was told to stop before that.

        ``heard``: is told of each answer that is not the office.
        """
        while self._office is None and not self._ending:
            try:
                answer = await self._store.campaign(self._holder, url)
            except Unavailable as error:
                heard(error)
                await self._clock.sleep(CAMPAIGN_EVERY_S)
                continue
            if isinstance(answer, Office):
                self._office = answer
                self.since = self._sure_at = self._clock.monotonic()
                continue
            heard(answer)
            if answer.unfit and answer.unfit != self._unfit:
                self._unfit = answer.unfit
                log.error("this program cannot lead", why=answer.unfit)
            # Who does not stand for the office is not told of a vacancy.
            waiting = self._clock.sleep if answer.unfit else self._store.vacancy
            await waiting(CAMPAIGN_EVERY_S)
        if self._ending:
            await self.resign()
        return self._office is not None

    async def commit(self, transaction: Transaction) -> CommitResult:
        """Write under the office. An ambiguous reply is settled before this returns Ambiguous:
        by then the transaction either has happened or never can, and a reload shows which.

        Raises TooLarge, Unavailable (nothing was sent) and NotNow (not the leader).
        """
        return await self._write(lambda office: self._store.commit(transaction, office))

    async def declare(self, before: StoreLayout, after: StoreLayout) -> CommitResult:
        """Write which layout the store has. As ``commit`` otherwise."""
        return await self._write(lambda office: self._store.declare(before, after, office))

    def write_in(self, layout: int) -> None:
        """Requires: the store has been declared to have this layout, or to be converted to it."""
        if self._office is not None:
            self._office = replace(self._office, layout=layout)

    async def convert(self, kind: str) -> CommitResult:
        """Have a kind in the layout that is written. Requires: no tenure of it. As ``commit`` otherwise."""
        return await self._write(lambda office: self._store.convert(kind, office))

    async def _write(self, write: Callable[[Office], Awaitable[CommitResult]]) -> CommitResult:
        office = self._office
        if office is None or not self.holds():
            raise NotNow("this orchestrator is not the leader")
        self._writes += 1
        self._idle.clear()
        try:
            return await self._settled(office, await write(office))
        finally:
            self._writes -= 1
            if not self._writes:
                self._idle.set()

    async def _settled(self, office: Office, result: CommitResult) -> CommitResult:
        if isinstance(result, Deposed):
            async with self._fencing:
                pass  # what refused it may be our own new nonce, of which the answer is still under way
            if office is not self._office:
                return Conflict(detail="the office was renewed meanwhile")
            self.lose(result.detail)
        elif isinstance(result, Ambiguous):
            return await self._settle(office, result)
        return result

    async def watch(self) -> None:
        """Notice that the office is lost even when nothing is written."""
        while not self.lost.is_set():
            self.listening_since()
            self._ticked = self._clock.monotonic()
            await self._clock.sleep(CAMPAIGN_EVERY_S)
            await self.prove()

    def listening_since(self) -> float:
        """Since when this leader has run without a stop: who was not heard before that was not silent."""
        now = self._clock.monotonic()
        if now - max(self.since, self._ticked) > STOPPED_S:
            self.since = now
        return self.since

    async def prove(self) -> None:
        """Where others may have taken office by now, ask the store who holds it."""
        async with self._fencing:
            office = self._office
            if office is None or self._ending or self.lost.is_set() or self.holds():
                return
            try:
                answer = await self._store.fence(office)
            except Unavailable as error:
                self._trouble = str(error)
                return
            self._trouble = ""
            if isinstance(answer, Deposed):
                self.lose(answer.detail)
            else:
                self._office = answer

    async def _settle(self, office: Office, doubt: Ambiguous) -> CommitResult:
        async with self._fencing:
            while office is self._office:
                try:
                    answer = await self._store.fence(office)
                except Unavailable as error:
                    self._trouble = str(error)
                    await self._clock.sleep(FENCE_EVERY_S)
                    continue
                if isinstance(answer, Deposed):
                    self.lose(answer.detail)
                    return answer
                self._office = answer
        return doubt

    def lose(self, why: str) -> None:
        """Step down: nothing is written or answered from here on."""
        if not self.lost.is_set():
            self.why_lost = why
            self.lost.set()

    async def hand_over(self) -> None:
        """Begin nothing more, let the commit in flight end, and make room for the next leader at once.

        A commit without an answer by then was sent before the resignation, in the same session.
        """
        self._ending = True
        await self.make_room("handed over")

    async def make_room(self, why: str) -> None:
        """Give the office up once the commit in flight has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HAND_OVER_S):
                await self._idle.wait()
        await self.resign()
        self.lose(why)

    async def stand_aside(self, why: str) -> None:
        """Give the office up, and the place in the queue with it."""
        await self.resign()
        self.lose(why)

    async def resign(self) -> None:
        """Give the office up at an orderly end; a store that is away learns it as the session ends."""
        office, self._office = self._office, None
        if office is not None and not self.lost.is_set():
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(HAND_OVER_S):
                    await self._store.resign(office)
