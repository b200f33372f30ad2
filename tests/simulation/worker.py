"""A simulated worker process: the SDK's own state, driven on the virtual loop instead of by threads."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from orchestrator.core.model import Shard
from orchestrator.ports import InstanceSpec
from shardwright_worker.assignment import Assignment, Job, Outcome, Verb
from shardwright_worker.lease import SPENT_AT, Lease
from shardwright_worker.protocol import Answer, Beat, Terms
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualLoop
from tests.simulation.story import Story
from tests.simulation.worker_process import Temper, WorkerProcess

LANES = 2
LEAST_INTERVAL = 0.1

WATCHDOG_S = 0.1
"""How often the watchdog looks."""


class Unanswered(Exception):
    """The exchange brought no answer."""


@dataclass(frozen=True)
class Refusal:
    status: int


Ask = Callable[["SimulatedWorker", Beat], Awaitable[Answer | Refusal]]


class SimulatedWorker(WorkerProcess):
    """``answered_at``: when an exchange was last answered with an assignment."""

    def __init__(
        self,
        spec: InstanceSpec,
        serial: int,
        *,
        loop: VirtualLoop,
        ledger: Ledger,
        story: Story,
        chance: random.Random,
        temper: Temper,
        ask: Ask,
        end: Callable[[str], None],
        stops_on_loss: bool = False,
    ) -> None:
        super().__init__(spec, serial, loop=loop, ledger=ledger, chance=chance, temper=temper, end=end)
        self.stops_on_loss = stops_on_loss
        self.assignment = Assignment(spec.incarnation)
        self._story = story
        self._ask = ask
        away = spec.environment.get("SHARDWRIGHT_AWAY_LIMIT")
        self._first_away_limit = None if away is None else float(away)
        self._lease = Lease(began=loop.time(), away_limit=self._first_away_limit)
        self._terms: Terms | None = None
        self._idle: list[asyncio.Future[None]] = []
        self._stir: asyncio.Future[None] | None = None
        self._reply: asyncio.Future[Answer | Refusal] | None = None
        self.answered_at = self._sent_at = loop.time()
        self._last_seen: set[str] = set()

    @property
    def held(self) -> frozenset[str]:
        return self.assignment.held

    @property
    def claimed(self) -> frozenset[str]:
        """What its beats say that it holds; one that never acknowledges has let go of some of it."""
        return frozenset(self._claims()) if self.temper.never_acknowledges else self.held

    def fault(self, shard: Shard) -> str:
        """How it differs from what its shard should serve; empty when it does not."""
        if self.held == set(shard.ids()) and self.assignment.generation == shard.generation:
            return ""
        missing, extra = set(shard.ids()) - self.held, self.held - set(shard.ids())
        return f"lacks {sorted(missing)[:5]}, has {sorted(extra)[:5]} too many"

    def start(self) -> None:
        works = [self._exchanges(), *(self._lane(verb) for verb in Verb for _ in range(LANES))]
        if "SHARDWRIGHT_AWAY_LIMIT" in self.spec.environment or self.stops_on_loss:
            works.append(self._watch())
        self._begin(works)

    def retire(self) -> None:
        """Asked to stop: release everything, then end."""
        self.assignment.retire()
        self._wake()
        self._tasks.append(self._loop.spawn(self.label, self._end_when_empty()))

    async def _end_when_empty(self) -> None:
        while self.assignment.held:
            await asyncio.sleep(0.05)
        self._end("exit code 0")

    # --- the lanes that call the application ---

    def _wake(self) -> None:
        idle, self._idle = self._idle, []
        for lane in idle:
            _tell(lane)

    async def _lane(self, verb: Verb) -> None:
        while True:
            job = self.assignment.begin(verb, self._loop.time())
            if job is not None:
                await self._call(job)
                continue
            await self._changed(self.assignment.next_due(verb))

    async def _changed(self, due: float | None) -> None:
        """Wait until there may be something to do: now, when something changes, or when it is due."""
        news = self._loop.create_future()
        self._idle.append(news)
        if due is None:
            await news
            return
        if due <= self._loop.time():
            timer = self._loop.call_soon(_tell, news)
        else:
            timer = self._loop.call_at(due, _tell, news)
        try:
            await news
        finally:
            timer.cancel()

    async def _call(self, job: Job) -> None:
        mean = self.temper.release_s
        if job.token is not None:
            self._ledger.acquire(self.process, job.id, (job.token.commit, job.token.incarnation))
            mean = self.temper.acquire_s
            if job.id in self.temper.poison:
                self._tasks.append(self._loop.spawn(self.label, self._poisoned(job.id)))
        elif self.temper.hangs:
            await self._loop.create_future()
        if mean:
            await asyncio.sleep(self._chance.expovariate(1.0 / mean))
        if self.temper.raises and self._chance.random() < self.temper.raises:
            self.assignment.raised(job, self._loop.time())
        else:
            if job.token is None:
                self._ledger.release(self.process, job.id)
            self.assignment.returned(job)
            if job.token is None:
                self._stirred()
        self._wake()

    async def _poisoned(self, resource_id: str) -> None:
        await asyncio.sleep(self.temper.poison_s)
        if resource_id in self.held:
            self._end("exit code 1")

    # --- the exchanges ---

    async def _exchanges(self) -> None:
        while True:
            beat = self._beat()
            sent = self._loop.time()
            reply = asyncio.ensure_future(self._ask(self, beat))
            reply.add_done_callback(self._replied)
            self._reply = reply
            try:
                await self._until_answered(reply, beat)
                if not reply.done():
                    continue  # abandoned: the answer will be dropped
                pause = self._take(reply.result(), sent)
            except (Unanswered, TimeoutError):
                pause = self._failed()
            if pause:
                await asyncio.sleep(pause)

    async def _until_answered(self, reply: asyncio.Future[Answer | Refusal], beat: Beat) -> None:
        """Until there is an answer, or news for which this exchange is abandoned. Raises TimeoutError."""
        timeout = self._lease.answer_timeout()
        end = self._loop.time() + timeout
        timer = self._loop.call_later(timeout, self._stirred)
        try:
            while not reply.done():
                self._stir = self._loop.create_future()
                await self._stir
                if self.assignment.has_news(beat):
                    return
                if not reply.done() and self._loop.time() >= end:
                    raise TimeoutError
        finally:
            timer.cancel()

    def _replied(self, reply: asyncio.Future[Answer | Refusal]) -> None:
        """An answer is there; one to an exchange that was abandoned is no error, and no news."""
        if not reply.cancelled():
            reply.exception()
        if reply is self._reply:
            self._stirred()

    def _stirred(self) -> None:
        if self._stir is not None and not self._stir.done():
            self._stir.set_result(None)

    def _beat(self) -> Beat:
        beat = self.assignment.snapshot()
        if not self.temper.never_acknowledges:
            return beat
        self._last_seen |= self.assignment.held
        return beat._replace(pending=self._claims())

    def _claims(self) -> tuple[str, ...]:
        return tuple(sorted(self._last_seen))[:100]

    def _take(self, answer: Answer | Refusal, sent: float) -> float:
        if isinstance(answer, Refusal):
            if answer.status == 410:
                self._end("incarnation is over")
            return 0.1 if answer.status == 409 else self._failed()
        self.failures = 0
        outcome = self.assignment.apply(answer)
        if outcome is Outcome.REFUSED:
            return self._failed()
        self._lease.renew(sent=sent, answered=self._loop.time(), terms=answer.terms)
        self._sent_at, self.answered_at, self._terms = sent, self._loop.time(), answer.terms
        if outcome is Outcome.APPLIED:
            self._wake()
            return 0.0
        return max(0.0, LEAST_INTERVAL - (self._loop.time() - sent))

    def _failed(self) -> float:
        self.failures += 1
        return min(2.0, 0.1 * 2.0 ** min(self.failures, 10))

    async def _watch(self) -> None:
        """The watchdog. It looks when the lease may be spent, and often once it may."""
        while True:
            verdict = self._lease.verdict(self._loop.time())
            if verdict is not None:
                self._end(verdict.why)
            await asyncio.sleep(max(WATCHDOG_S, self._spent_at() - self._loop.time()))

    def _spent_at(self) -> float:
        """When the lease is spent at the earliest, if no exchange is answered any more."""
        terms, away = self._terms, self._first_away_limit
        if terms is not None:
            away = terms.away_limit
        lease = SPENT_AT * terms.lease if terms is not None and terms.stops_on_loss else math.inf
        return min(self._sent_at + lease, self.answered_at + (math.inf if away is None else away))


def _tell(news: asyncio.Future[None]) -> None:
    if not news.done():
        news.set_result(None)
