"""A simulated worker that cannot acknowledge: it reads its list from the store and beats over a channel."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable

from orchestrator.core.model import Shard
from orchestrator.ports import InstanceSpec
from orchestrator.store.document import Fields
from orchestrator.store.layout import resources_of
from tests.simulation.checker import WatchedDocuments
from tests.simulation.ledger import Ledger
from tests.simulation.loop import VirtualLoop
from tests.simulation.worker_process import Temper, WorkerProcess

AGAIN_S = 0.5
"""Between two tries to read a store that is away."""


class SeedWorker(WorkerProcess):
    """``reads``: whether the store answers it now."""

    def __init__(
        self,
        spec: InstanceSpec,
        serial: int,
        *,
        loop: VirtualLoop,
        ledger: Ledger,
        chance: random.Random,
        temper: Temper,
        documents: WatchedDocuments,
        reads: Callable[[], bool],
        end: Callable[[str], None],
    ) -> None:
        super().__init__(spec, serial, loop=loop, ledger=ledger, chance=chance, temper=temper, end=end)
        self.answered_at = math.inf
        self._held: set[str] = set()
        self._documents = documents
        self._reads = reads
        self._changed = asyncio.Event()

    @property
    def held(self) -> frozenset[str]:
        return frozenset(self._held)

    def fault(self, shard: Shard) -> str:
        """How it differs from what its shard should serve; empty when it does not."""
        missing, extra = set(shard.ids()) - self._held, self._held - set(shard.ids())
        return f"lacks {sorted(missing)[:5]}, has {sorted(extra)[:5]} too many" if missing or extra else ""

    def start(self) -> None:
        self._documents.watchers.append(self._on_write)
        self._begin([self._follow()])

    def kill(self) -> None:
        super().kill()
        if self._on_write in self._documents.watchers:
            self._documents.watchers.remove(self._on_write)

    def retire(self) -> None:
        """Asked to stop: it ends a little later."""
        self._tasks.append(self._loop.spawn(self.label, self._leave()))

    async def _leave(self) -> None:
        await asyncio.sleep(self.temper.release_s)
        self._end("exit code 0")

    def _on_write(self, kind: str) -> None:
        if kind == self.spec.kind:
            self._changed.set()

    async def _follow(self) -> None:
        """Serve what the store lists, and read it again whenever it was written to."""
        while True:
            self._changed.clear()
            while not self._reads():
                await asyncio.sleep(AGAIN_S)
            if self.temper.acquire_s:
                await asyncio.sleep(self._chance.expovariate(1.0 / self.temper.acquire_s))
            self._serve(self._listed())
            await self._changed.wait()

    def _listed(self) -> set[str]:
        path = resources_of(self._documents.layout.shard(self.spec.kind, self.spec.shard))
        document = self._documents.documents.get(path)
        return set() if document is None else set(Fields.of(path, document.body).ids("ids"))

    def _serve(self, wanted: set[str]) -> None:
        for resource_id in sorted(self._held - wanted):
            self._held.discard(resource_id)
            self._ledger.release(self.process, resource_id)
        for resource_id in sorted(wanted - self._held):
            self._held.add(resource_id)
            self._ledger.serve(self.process, resource_id)
