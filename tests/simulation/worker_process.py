"""What every simulated worker is: a process that begins, is killed, and may end by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Set
from dataclasses import dataclass

from orchestrator.ports import InstanceSpec
from tests.simulation.ledger import Ledger, Process
from tests.simulation.loop import VirtualLoop


@dataclass(frozen=True, kw_only=True)
class Temper:
    """How a worker behaves. Durations are means; ``raises``: the share of callbacks that raise.

    ``hangs``: no release ever returns. ``never_acknowledges``: its beats claim that it still holds all.
    ``crashes_after``: it ends by itself so many seconds after its start. ``poison``: ids that end it
    ``poison_s`` seconds after it began to hold one, if it still does; may grow while it runs.
    """

    acquire_s: float = 0.0
    release_s: float = 0.0
    raises: float = 0.0
    hangs: bool = False
    never_acknowledges: bool = False
    deaf: bool = False
    crashes_after: float | None = None
    poison: Set[str] = frozenset()
    poison_s: float = 0.0


class WorkerProcess:
    """``end``: tells the runtime that the process ends by itself, and why."""

    def __init__(
        self,
        spec: InstanceSpec,
        serial: int,
        *,
        loop: VirtualLoop,
        ledger: Ledger,
        chance: random.Random,
        temper: Temper,
        end: Callable[[str], None],
    ) -> None:
        self.spec = spec
        self.process: Process = (spec.kind, spec.shard, spec.incarnation, serial)
        self.label = f"{spec.kind}-{spec.shard}:{spec.incarnation}.{serial}"
        self.temper = temper
        self.failures = 0
        self._loop = loop
        self._ledger = ledger
        self._chance = chance
        self._end = end
        self._tasks: list[asyncio.Task[None]] = []

    def kill(self) -> None:
        """The process is gone, between any two of its steps."""
        for task in self._tasks:
            task.cancel()
        self._loop.thaw(self.label)
        self._ledger.end(self.process)

    def _begin(self, works: Iterable[Coroutine[None, None, None]]) -> None:
        crash = self.temper.crashes_after
        all_works = [*works] if crash is None else [*works, self._crash(crash)]
        self._tasks = [self._loop.spawn(self.label, work) for work in all_works]

    async def _crash(self, after: float) -> None:
        await asyncio.sleep(after)
        self._end("exit code 1")
