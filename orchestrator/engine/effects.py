"""Has the runtime do what the store says: one task a shard at a time, repeated until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from orchestrator.core.decisions import Reason
from orchestrator.core.model import Instance, Shard
from orchestrator.engine.specs import Specs
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable
from orchestrator.ports import InstanceSeen, Occupied, Phase, Rejected, Started

log = structlog.get_logger()

AGAIN_S = 0.2


class Effects:
    """``asked_to_stop``: is told when the runtime was asked to end an instance."""

    def __init__(self, tenure: Tenure, specs: Specs, asked_to_stop: Callable[[], None]) -> None:
        self.trouble = ""
        self._tenure = tenure
        self._setup = tenure.setup
        self._specs = specs
        self._told = asked_to_stop
        self._at_work: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._asked_to_stop: dict[int, int] = {}
        # what an earlier leader created: this one does not know whether the runtime ever took it
        self._inherited = {
            s.number: s.incarnation for s in tenure.view.shards.values() if s.instance is Instance.LIVE
        }

    def kick(self, number: int) -> None:
        """The shard may want something of the runtime."""
        shard = self._tenure.shard(number)
        if shard is None or shard.instance is Instance.NONE:
            return
        if shard.instance is Instance.LIVE and (
            self.is_inherited(shard) or self._tenure.roster.member(shard).accepted
        ):
            return
        if number in self._at_work:
            self._again.add(number)
        else:
            task = asyncio.get_running_loop().create_task(self._carry_out(number))
            self._at_work[number] = task
            task.add_done_callback(lambda _: self._done(number))

    def see_to(self, shard: Shard, seen: InstanceSeen | None) -> None:
        """Ask again where asking was cut short, as by a lease that lapsed for a while, or came to nothing.

        ``seen``: what the runtime shows of the shard. One that was asked to end and runs on was begun after
        that, by a create that came late.
        """
        if shard.number in self._at_work:
            return
        asked = self._asked_to_stop.get(shard.number) == shard.incarnation
        if seen is not None and seen.incarnation == shard.incarnation:
            asked = asked and seen.phase not in (Phase.PENDING, Phase.RUNNING)
        if shard.instance is Instance.LIVE or not asked:
            self.kick(shard.number)

    def is_inherited(self, shard: Shard) -> bool:
        """Whether the shard's instance is from before this leader, and has not been looked for yet."""
        return self._inherited.get(shard.number) == shard.incarnation

    def forget_inherited(self) -> None:
        """All have been looked for."""
        self._inherited.clear()

    async def close(self) -> None:
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, number: int) -> None:
        task = self._at_work.pop(number)
        if number in self._again and not task.cancelled():
            self._again.discard(number)
            self.kick(number)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._tenure.recorder.counters["bugs.effect"] += 1
            log.error("effect failed", kind=self._setup.kind, shard=number, error=repr(bug), exc_info=bug)

    async def _carry_out(self, number: int) -> None:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Unavailable),
            wait=wait_exponential(multiplier=0.1, max=5),
            sleep=self._tenure.around.clock.sleep,
            before_sleep=lambda attempt: self._complain(number, attempt),
        )
        async for attempt in retrying:
            with attempt:
                await self._until_done(number)
                self.trouble = ""

    def _complain(self, number: int, attempt: RetryCallState) -> None:
        why = attempt.outcome.exception() if attempt.outcome is not None else None
        self.trouble = f"shard {number}: {why or 'the runtime did not answer'}"
        self._tenure.recorder.counters["effects.any.unavailable"] += 1

    async def _until_done(self, number: int) -> None:
        while self._tenure.leadership.holds():
            shard = self._tenure.shard(number)
            if shard is None or shard.instance is Instance.NONE:
                return
            if shard.instance is Instance.STOPPING:
                await self._stop(shard)
                return
            if self._tenure.roster.member(shard).accepted or await self._start(shard):
                return
            await self._tenure.around.clock.sleep(AGAIN_S)

    async def _stop(self, shard: Shard) -> None:
        await self._setup.runtime.stop(
            self._setup.kind, shard.number, shard.incarnation, grace_s=self._setup.health.stop_grace
        )
        self._tenure.recorder.counters["effects.stop.asked"] += 1
        self._asked_to_stop[shard.number] = shard.incarnation
        self._told()

    async def _start(self, shard: Shard) -> bool:
        """Have the instance created; False: not yet, try again."""
        spec = await self._specs.of(shard)
        if not self._tenure.leadership.holds():
            return True
        result = await self._setup.runtime.ensure(spec)
        self._tenure.recorder.counters[f"effects.start.{type(result).__name__.lower()}"] += 1
        current = self._tenure.shard(shard.number)
        if current is None or current.incarnation != shard.incarnation:
            return False
        if isinstance(result, Started):
            self._tenure.saw_running(current)
            return True
        if isinstance(result, Rejected):
            self._tenure.saw_end(current, Reason.REJECTED, result.detail)
            return True
        return await self._make_way(shard, result)

    async def _make_way(self, shard: Shard, found: Occupied) -> bool:
        if found.incarnation > shard.incarnation:
            self._tenure.leadership.lose(
                f"shard {shard.number} of {self._setup.kind} runs incarnation {found.incarnation}, this"
                f" leader knows {shard.incarnation} only: somebody else leads"
            )
            return True
        if not self._tenure.leadership.holds():
            # the answer may have come late, and what was found may be wanted by who leads now
            return True
        await self._setup.runtime.stop(
            self._setup.kind, shard.number, found.incarnation, grace_s=self._setup.health.stop_grace
        )
        return False
