"""Workers that serve nothing: each lets go and takes over at once, by the exchange of the engine itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from orchestrator.clock import SystemClock
from orchestrator.engine.answers import Assignment
from orchestrator.errors import NotNow, UnknownKind
from orchestrator.ports import Beat, InstanceSpec

if TYPE_CHECKING:
    from orchestrator.engine.engine import Engine

GONE = 410
AGAIN_S = 0.05


class IdleWorkers:
    """One task an instance; a ``World`` of the runtime in memory."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self._clock = SystemClock()
        self._tasks: dict[tuple[int, int], asyncio.Task[None]] = {}

    def on_running(self, spec: InstanceSpec) -> None:
        work = self._exchange(spec.kind, spec.shard, spec.incarnation)
        self._tasks[spec.shard, spec.incarnation] = asyncio.get_running_loop().create_task(work)

    def on_asked_to_stop(self, spec: InstanceSpec) -> bool:
        return False

    def on_ended(self, spec: InstanceSpec) -> None:
        task = self._tasks.pop((spec.shard, spec.incarnation), None)
        if task is not None:
            task.cancel()

    def silence(self, shard: int) -> None:
        """The shard's worker says nothing more, though its instance lives."""
        for (number, _), task in self._tasks.items():
            if number == shard:
                task.cancel()

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _exchange(self, kind: str, shard: int, incarnation: int) -> None:
        generation: int | None = None
        while self.engine is not None:
            beat = Beat(
                kind=kind,
                shard=shard,
                received=self._clock.monotonic(),
                incarnation=incarnation,
                generation=generation,
                pending=frozenset(),
            )
            try:
                answer = await self.engine.exchange(beat)
            except (NotNow, UnknownKind):
                await asyncio.sleep(AGAIN_S)
                continue
            if isinstance(answer, Assignment):
                generation = answer.generation
            elif answer.status == GONE:
                return
            else:
                await asyncio.sleep(AGAIN_S)
