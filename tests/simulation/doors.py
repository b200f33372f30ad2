"""The doors of one orchestrator process: what it asks passes here, is slow, is lost, and dies with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from orchestrator.catalog.memory import MemoryCatalog
from orchestrator.core.model import Revision, Vector
from orchestrator.core.plan import Ambiguous, CommitResult, Committed, Conflict, Deposed, Transaction
from orchestrator.errors import Unavailable
from orchestrator.ports import EnsureResult, Held, InstanceSeen, InstanceSpec, Listing, Loaded, Office
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.store.memory import MemoryStore
from tests.simulation.faulty_store import Fault, FaultyStore
from tests.simulation.loop import VirtualLoop
from tests.simulation.story import Story
from tests.simulation.weather import Weather

Answer = TypeVar("Answer")


class Process:
    """One run of an orchestrator process. Dead, it reaches nothing any more."""

    def __init__(self, label: str, weather: Weather, story: Story) -> None:
        self.label = label
        self.weather = weather
        self.story = story
        self.dead = False
        self.cut_off: set[str] = set()

    async def ask(self, dependency: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        self._require_life()
        await self.weather.delay()
        self._require_life()
        self.weather.refuse(dependency)
        if dependency in self.cut_off:
            raise Unavailable(f"{self.label} cannot reach the {dependency}")
        answer = await work()
        await self.weather.delay()
        self._require_life()
        return answer

    def _require_life(self) -> None:
        if self.dead:
            raise Unavailable(f"{self.label} is dead")


class StoreDoor:
    """``on_commit``: told right after a transaction was applied, before the reply is under way."""

    def __init__(
        self, process: Process, inner: MemoryStore, on_commit: Callable[[Transaction], None]
    ) -> None:
        self.inner = inner
        self.faulty = FaultyStore(inner, process.weather.store_fault)
        self._process = process
        self._on_commit = on_commit

    async def campaign(self, holder: str, url: str) -> Office | Held:
        return await self._ask(lambda: self.faulty.campaign(holder, url))

    async def vacancy(self, within: float) -> None:
        await self.inner.vacancy(within)

    async def resign(self, office: Office) -> None:
        await self._ask(lambda: self.faulty.resign(office))

    async def leader(self) -> Held | None:
        return await self._ask(self.faulty.leader)

    async def kinds(self) -> Sequence[str]:
        return await self._ask(self.faulty.kinds)

    async def load(self, kind: str) -> Loaded | None:
        return await self._ask(lambda: self.faulty.load(kind))

    async def revision(self, kind: str, number: int) -> Revision | None:
        return await self._ask(lambda: self.faulty.revision(kind, number))

    async def fence(self, office: Office) -> Office | Deposed:
        return await self._ask(lambda: self.faulty.fence(office))

    def valid_until(self, office: Office) -> float:
        return self.inner.valid_until(office)

    async def close(self) -> None:
        await self.faulty.close()

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        story, process = self._process.story, self._process
        result = await self._ask(lambda: self._commit(transaction, office))
        if isinstance(result, Ambiguous):
            story.meet("ambiguous commit")
        if isinstance(result, Conflict):
            story.meet("conflict")
        if isinstance(result, Deposed):
            story.meet("deposed")
        if isinstance(result, (Conflict, Deposed, Ambiguous)):
            story.tell(process.label, f"{type(result).__name__} {transaction.op}: {result.detail}")
        return result

    async def _commit(self, transaction: Transaction, office: Office) -> CommitResult:
        before = self.faulty.hits.copy()
        result = await self.faulty.commit(transaction, office)
        applied = isinstance(result, Committed) or self.faulty.hits[Fault.APPLIED] > before[Fault.APPLIED]
        for decision in transaction.decisions if applied else ():
            where = "" if decision.shard is None else f" shard {decision.shard}"
            to = "" if decision.to is None else f" to {decision.to}"
            self._process.story.tell(
                self._process.label,
                f"{transaction.kind} {decision.verb}{where}{to}: {decision.reason.value}"
                f" {','.join(decision.ids[:8])} {decision.detail}",
            )
            self._process.story.meet(f"{decision.verb} {decision.reason.value}", decision.count or 1)
        if applied:
            self._on_commit(transaction)
        return result

    async def _ask(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        return await self._process.ask("store", work)


class CatalogDoor:
    def __init__(self, process: Process, inner: MemoryCatalog) -> None:
        self._process = process
        self._inner = inner
        self._old: dict[str, Listing] = {}

    async def lookup(self, kind: str, ids: Collection[str]) -> Mapping[str, Vector]:
        return await self._process.ask("catalog", lambda: self._inner.lookup(kind, ids))

    async def listing(self, kind: str) -> Listing:
        listing = await self._process.ask("catalog", lambda: self._inner.listing(kind))
        old, self._old[kind] = self._old.get(kind), listing
        if old is not None and self._process.weather.happens(self._process.weather.stale_listing):
            self._process.story.meet("stale listing")
            return old
        return listing

    async def close(self) -> None:
        """The catalog outlives its readers."""


class RuntimeDoor:
    """``late``: runs work of the world's own, outside any process, after some seconds.

    What the runtime does later is its own doing, too: it outlives and outruns whoever asked for it.
    """

    def __init__(
        self,
        process: Process,
        inner: MemoryRuntime,
        late: Callable[[float, Callable[[], Awaitable[object]]], None],
    ) -> None:
        self._process = process
        self._inner = inner
        self._late = late

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        weather = self._process.weather
        if weather.happens(weather.late_ensure):
            self._process.story.meet("late ensure")
            self._late(weather.chance.uniform(0.0, 20.0), lambda: self._inner.ensure(spec))
            raise Unavailable("ensure: no answer")
        return await self._process.ask("runtime", lambda: self._outside(self._inner.ensure(spec)))

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        work = partial(self._inner.stop, kind, shard, incarnation, grace_s=grace_s)
        await self._process.ask("runtime", lambda: self._outside(work()))

    def _outside(self, work: Coroutine[Any, Any, Answer]) -> Awaitable[Answer]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        return loop.spawn("", work)

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        return await self._process.ask("runtime", lambda: self._inner.observe(kind))

    async def news(self) -> AsyncIterator[InstanceSeen]:
        async for seen in self._inner.news():
            if not self._process.weather.happens(self._process.weather.lost_news):
                yield seen

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        return await self._process.ask("runtime", lambda: self._inner.lacking_room(kind, template, more))

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        return await self._process.ask("runtime", lambda: self._inner.logs(kind, shard, lines=lines))

    async def close(self) -> None:
        """The runtime outlives its callers."""


async def forever(seconds: float, work: Callable[[], None]) -> None:
    """Do something again and again."""
    while True:
        work()
        await asyncio.sleep(seconds)
