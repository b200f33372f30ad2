"""The ports as an engine of the matrix sees them: each write and each read is a point."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.core.decisions import Ambiguous, CommitResult, Deposed, Transaction
from orchestrator.core.model import Revision
from orchestrator.core.traits import Traits
from orchestrator.ports import (
    Candidate,
    Connected,
    Disconnected,
    EnsureResult,
    Held,
    InstanceSeen,
    InstanceSpec,
    JournalFilter,
    JournalLine,
    Listing,
    Loaded,
    NotificationEvent,
    Office,
    Span,
    StoreLayout,
)
from tests.matrix.fault import Fault

if TYPE_CHECKING:
    from tests.matrix.node import Life


class Store:
    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = life.doors.store
        self._history = life.points.history

    async def campaign(self, holder: str, url: str) -> Office | Held:
        life = self._life
        # asking is not writing: only who may take office does
        if life.node.is_next:
            return await life.write("campaign", lambda: self._inner.campaign(holder, url))
        return await self._inner.campaign(holder, url)

    async def vacancy(self, within: float) -> None:
        await self._inner.vacancy(within)

    async def resign(self, office: Office) -> None:
        await self._life.write("resign", lambda: self._inner.resign(office))

    async def fence(self, office: Office) -> Office | Deposed:
        return await self._life.write("fence", lambda: self._inner.fence(office))

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        verbs = sorted({decision.verb for decision in transaction.decisions})
        shards = ",".join(str(change.number) for change in transaction.changes)
        return await self._life.write(
            f"commit {'+'.join(verbs) or 'state'} of {shards or 'no shard'}",
            lambda: self._inner.commit(transaction, office),
            lambda: Ambiguous(detail=f"commit {transaction.op}: no reply"),
        )

    async def leader(self) -> Held | None:
        return await self._inner.leader()

    async def kinds(self) -> Sequence[str]:
        return await self._life.read(
            "store", "kinds", self._inner.kinds, lambda k: self._history.store(k).kinds()
        )

    async def load(self, kind: str) -> Loaded | None:
        return await self._life.read(
            "store",
            f"load {kind}",
            lambda: self._inner.load(kind),
            lambda k: self._history.store(k).load(kind),
        )

    async def revision(self, kind: str, number: int) -> Revision | None:
        return await self._life.read(
            "store",
            f"revision {number}",
            lambda: self._inner.revision(kind, number),
            lambda k: self._history.store(k).revision(kind, number),
        )

    @property
    def span(self) -> Span:
        return self._inner.span

    async def layout(self) -> StoreLayout:
        return await self._inner.layout()

    async def candidates(self) -> Sequence[Candidate]:
        return await self._inner.candidates()

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        return await self._life.write(
            "declare the layout",
            lambda: self._inner.declare(before, after, office),
            lambda: Ambiguous(detail="declare: no reply"),
        )

    async def convert(self, kind: str, office: Office) -> CommitResult:
        return await self._life.write(
            f"convert {kind}",
            lambda: self._inner.convert(kind, office),
            lambda: Ambiguous(detail="convert: no reply"),
        )

    def valid_until(self, office: Office) -> float:
        return self._inner.valid_until(office)

    async def close(self) -> None:
        await self._inner.close()


class Catalog:
    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = life.doors.catalog
        self._history = life.points.history

    async def lookup(self, kind: str, ids: Collection[str]) -> Mapping[str, Traits]:
        return await self._life.read(
            "catalog",
            f"lookup {','.join(sorted(ids)[:4])}",
            lambda: self._inner.lookup(kind, ids),
            lambda k: self._history.catalog(k).lookup(kind, ids),
        )

    async def listing(self, kind: str) -> Listing:
        return await self._life.read(
            "catalog",
            "listing",
            lambda: self._inner.listing(kind),
            lambda k: self._history.catalog(k).listing(kind),
        )

    async def close(self) -> None:
        await self._inner.close()


class Runtime:
    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = life.doors.runtime
        self._history = life.points.history

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        name = f"ensure {spec.shard}:{spec.incarnation}"
        return await self._life.write(name, lambda: self._inner.ensure(spec))

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        await self._life.write(
            f"stop {shard}:{incarnation}",
            lambda: self._inner.stop(kind, shard, incarnation, grace_s=grace_s),
        )

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        async def old(events: int) -> Sequence[InstanceSeen]:
            return self._history.instances(kind, events)

        return await self._life.read("runtime", "observe", lambda: self._inner.observe(kind), old)

    async def force(self, kind: str, shard: int, uid: str) -> None:
        await self._life.write(f"force {shard}", lambda: self._inner.force(kind, shard, uid))

    def __getattr__(self, name: str) -> Any:
        """What changes nothing and is no listing."""
        return getattr(self._inner, name)


class Notifications:
    """Taking a batch is the acknowledgement: what was taken does not come again."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = life.doors.notifications

    async def batches(self) -> AsyncIterator[Sequence[NotificationEvent]]:
        node, points = self._life.node, self._life.points
        batches = self._inner.batches()
        try:
            async for batch in batches:
                fault = None if node.is_dead else points.at_write(f"take {len(batch)} notifications")
                if fault is not None:
                    node.tell(f"{fault} at a batch of notifications")
                if fault is Fault.CRASH_BEFORE:
                    node.fall()
                    continue
                if fault not in (Fault.NOT_APPLIED, Fault.LOST, Fault.LATE):
                    yield batch
                if fault is Fault.CRASH_AFTER:
                    node.fall()
                elif fault in (Fault.APPLIED, Fault.NOT_APPLIED, Fault.LOST, Fault.LATE):
                    yield [Disconnected(detail="the matrix says no"), Connected()]
                elif fault is not None:
                    points.after_write(node, fault)
        finally:
            await batches.aclose()

    async def close(self) -> None:
        await self._inner.close()


class Journal:
    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = life.doors.journal

    async def append(self, lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        name = f"journal {len(lines)} lines"
        return await self._life.write(name, lambda: self._inner.append(lines))

    async def read(self, wanted: JournalFilter) -> Sequence[JournalLine]:
        return await self._inner.read(wanted)

    async def close(self) -> None:
        """The journal outlives its writers."""
