"""The doors of one orchestrator process: what it asks passes here, is slow, is lost, and dies with it."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from orchestrator.catalog.memory import MemoryCatalog
from orchestrator.core.decisions import Ambiguous, CommitResult, Committed, Conflict, Deposed, Transaction
from orchestrator.core.model import Revision
from orchestrator.core.traits import Traits
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import (
    Candidate,
    Catalog,
    EnsureResult,
    Held,
    InstanceSeen,
    InstanceSpec,
    Journal,
    Listing,
    Loaded,
    Notifications,
    Office,
    Runtime,
    Span,
    Store,
    StoreLayout,
    Usage,
)
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.store.memory import MemoryStore
from tests.simulation.checker import WatchedDocuments
from tests.simulation.disturbance import disturb
from tests.simulation.faulty_store import Fault, FaultyStore
from tests.simulation.loop import VirtualLoop
from tests.simulation.process import Process
from tests.simulation.wire import Wire, Work

Answer = TypeVar("Answer")


class StoreDoor:
    """``on_commit``: told right after a transaction was applied, before the reply is under way.

    ``in_order``: writes are carried out in the order in which they were asked for. ``is_mixed``: versions
    with other layouts are at work; where all are alike, asking for the layout takes no chance.
    """

    def __init__(
        self,
        process: Process,
        inner: MemoryStore,
        documents: WatchedDocuments,
        on_commit: Callable[[Transaction], None],
        *,
        in_order: bool = False,
        is_mixed: bool = False,
    ) -> None:
        self.inner = inner
        self._is_mixed = is_mixed
        self._documents = documents
        self.faulty = FaultyStore(inner, process.weather.store_fault, in_order=in_order)
        self.wire = Wire()
        self._in_order = in_order
        self._process = process
        self._on_commit = on_commit

    async def campaign(self, holder: str, url: str) -> Office | Held:
        return await self._send(lambda: self.faulty.campaign(holder, url))

    async def vacancy(self, within: float) -> None:
        if self._process.weather.happens(self._process.weather.lost_watch):
            self._process.story.meet("lost watch")
            await asyncio.sleep(within)
        else:
            await self.inner.vacancy(within)

    async def resign(self, office: Office) -> None:
        await self._send(lambda: self.faulty.resign(office))

    async def leader(self) -> Held | None:
        return await self._ask(self.faulty.leader)

    async def kinds(self) -> Sequence[str]:
        return await self._ask(self.faulty.kinds)

    async def load(self, kind: str) -> Loaded | None:
        weather, documents = self._process.weather, self._documents
        # A session reads its own writes, so whoever leads reads nothing older than its office.
        if documents.past and not self._process.in_office() and weather.happens(weather.stale_read):
            self._process.story.meet("stale read")
            old = weather.chance.choice(documents.past)
            return await self._ask(partial(documents.recall, kind, old))
        return await self._ask(lambda: self.faulty.load(kind))

    async def revision(self, kind: str, number: int) -> Revision | None:
        return await self._ask(lambda: self.faulty.revision(kind, number))

    async def fence(self, office: Office) -> Office | Deposed:
        return await self._send(lambda: self.faulty.fence(office))

    def valid_until(self, office: Office) -> float:
        return self.inner.valid_until(office)

    @property
    def span(self) -> Span:
        return self.inner.span

    async def layout(self) -> StoreLayout:
        return await (self._ask(self.faulty.layout) if self._is_mixed else self.inner.layout())

    async def candidates(self) -> Sequence[Candidate]:
        return await self._ask(self.faulty.candidates)

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        return await self._send(lambda: self.faulty.declare(before, after, office))

    async def convert(self, kind: str, office: Office) -> CommitResult:
        return await self._send(lambda: self.faulty.convert(kind, office))

    async def close(self) -> None:
        await self.faulty.close()

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        story, process = self._process.story, self._process
        settled = office.version > process.doubted.get(transaction.kind, -1)
        story.require(settled, f"S22: {process.label} writes before it has settled a doubt")
        late = partial(self.inner.commit, transaction, office)
        with self._under_way(transaction):
            result = await self._send(lambda: self._commit(transaction, office), late)
            if self.wire.others(transaction) and not isinstance(result, Committed):
                story.meet(f"{type(result).__name__.lower()} in a convoy")
        if isinstance(result, Ambiguous):
            process.doubted[transaction.kind] = office.version
            story.meet("ambiguous commit")
        if isinstance(result, Conflict):
            story.meet("conflict")
        if isinstance(result, Deposed):
            story.meet("deposed")
        if isinstance(result, (Conflict, Deposed, Ambiguous)):
            story.tell(process.label, f"{type(result).__name__} {transaction.op}: {result.detail}")
        return result

    async def _commit(self, transaction: Transaction, office: Office) -> CommitResult:
        process, weather = self._process, self._process.weather
        if transaction.changes and weather.happens(weather.refused_commit):
            process.story.meet("refused commit")
            raise Permanent("the store does not let us use it (no authorization)")
        if self.wire.others(transaction):
            disturb(self._process, self._documents, self.inner, transaction)
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

    @contextmanager
    def _under_way(self, transaction: Transaction) -> Iterator[None]:
        self.wire.under_way.append(transaction)
        if self.wire.others(transaction):
            self._process.story.meet("several commits under way")
        try:
            yield
        finally:
            self.wire.under_way.remove(transaction)

    async def _send(self, work: Callable[[], Awaitable[Answer]], late: Work | None = None) -> Answer:
        """Ask for a write. ``late``: what is left of it when the process ends before it is carried out."""
        if not self._in_order:
            return await self._ask(work)
        letter = self.wire.send(late)
        try:
            return await self._ask(lambda: self.wire.carry_out(letter, work))
        finally:
            self.wire.take_off(letter)

    async def _ask(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        return await self._process.ask("store", work)


class CatalogDoor:
    def __init__(self, process: Process, inner: MemoryCatalog) -> None:
        self._process = process
        self._inner = inner
        self._old: dict[str, Listing] = {}

    async def lookup(self, kind: str, ids: Collection[str]) -> Mapping[str, Traits]:
        return await self._process.ask("catalog", lambda: self._inner.lookup(kind, ids))

    async def listing(self, kind: str) -> Listing:
        listing = await self._process.ask("catalog", lambda: self._inner.listing(kind))
        if self._inner.is_lagging:
            self._process.weather.lied_at = asyncio.get_running_loop().time()
        old, self._old[kind] = self._old.get(kind), listing
        if old is not None and self._process.weather.happens(self._process.weather.stale_listing):
            self._process.story.meet("stale listing")
            self._process.weather.lied_at = asyncio.get_running_loop().time()
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
        self._require_office("create")
        if weather.happens(weather.late_ensure):
            self._process.story.meet("late ensure")
            self._late(weather.chance.uniform(0.0, 20.0), lambda: self._inner.ensure(spec))
            raise Unavailable("ensure: no answer")
        return await self._process.ask("runtime", lambda: self._outside(self._inner.ensure(spec)))

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        work = partial(self._inner.stop, kind, shard, incarnation, grace_s=grace_s)
        self._require_office("end")
        await self._process.ask("runtime", lambda: self._outside(work()))
        if self._process.weather.happens(self._process.weather.lost_stop):
            self._process.story.meet("stop applied, answer lost")
            raise Unavailable("stop: no answer")

    def _require_office(self, verb: str) -> None:
        may = self._process.dead or self._process.may_act()
        label = self._process.label
        self._process.story.require(may, f"S6: {label} asked to {verb} an instance when it may not lead")

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

    async def force(self, kind: str, shard: int, uid: str) -> None:
        await self._process.ask("runtime", lambda: self._inner.force(kind, shard, uid))

    async def place(self) -> str:
        return await self._process.ask("runtime", self._inner.place)

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        return await self._process.ask("runtime", lambda: self._inner.lacking_room(kind, template, more))

    async def usage(self, kind: str) -> Mapping[int, Usage]:
        return await self._process.ask("runtime", lambda: self._inner.usage(kind))

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        return await self._process.ask("runtime", lambda: self._inner.logs(kind, shard, lines=lines))

    async def close(self) -> None:
        """The runtime outlives its callers."""


@dataclass(frozen=True, kw_only=True)
class Doors:
    """All the doors of one process, as its engine is given them."""

    process: Process
    store: Store
    catalog: Catalog
    runtime: Runtime
    notifications: Notifications
    journal: Journal
