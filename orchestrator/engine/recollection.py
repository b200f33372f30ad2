"""The kinds as the store holds them, for those who only read while nobody leads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from orchestrator.core.view import View
from orchestrator.engine.setup import KindSetup, Surroundings
from orchestrator.errors import ShardwrightError, Unavailable
from orchestrator.ports import Store

FRESH_S = 2.0
FRESH_TIMES = 5.0
"""What was read so lately, in seconds and in times that the read took, is not read again: to read a large
kind costs the store more than an answer is worth."""

FIRST_S = 10.0
AGAIN_S = 0.3
"""How long a reader waits for the first read, and for a newer one than there is."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """``read_at``: monotonic seconds of asking the store."""

    view: View
    read_at: float


class Recollection:
    def __init__(self, store: Store, setups: Mapping[str, KindSetup], around: Surroundings) -> None:
        self.kinds: dict[str, Recalled] = {}
        self._store = store
        self._setups = setups
        self._around = around
        self._reading: asyncio.Task[None] | None = None
        self._fresh_until = 0.0

    @property
    def age(self) -> float | None:
        """Of the oldest that is at hand; None when nothing is."""
        now = self._around.clock.monotonic()
        return max((now - one.read_at for one in self.kinds.values()), default=None)

    async def refresh(self) -> None:
        """Read what is not fresh; one read at a time, whoever asks. Raises Unavailable, Permanent."""
        if self._around.clock.monotonic() < self._fresh_until:
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(_ended)
        reading = self._reading
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S if self.kinds else FIRST_S):
                await asyncio.wait({reading})
        failure = reading.exception() if reading.done() and not reading.cancelled() else None
        if not self.kinds:
            raise failure or Unavailable("the store holds none of the kinds, or did not answer in time")
        if failure is not None and not isinstance(failure, ShardwrightError):
            raise failure

    async def forget(self) -> None:
        """Drop all of it; nothing is read any more."""
        reading, self._reading = self._reading, None
        self._fresh_until = 0.0
        self.kinds.clear()
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        clock = self._around.clock
        began = clock.monotonic()
        for kind, setup in self._setups.items():
            asked = clock.monotonic()
            loaded = await self._store.load(kind)
            if loaded is None:
                self.kinds.pop(kind, None)
                continue
            of = partial(View.of, dimensions=setup.dimensions, papers=loaded.papers)
            view = await self._around.offload(partial(of, loaded.state, loaded.shards))
            self.kinds[kind] = Recalled(view, asked)
        now = clock.monotonic()
        self._fresh_until = now + max(FRESH_S, FRESH_TIMES * (now - began))


def _ended(reading: asyncio.Task[None]) -> None:
    """Who asked may have gone before the read failed: nobody is left to be told, and that is no error."""
    if not reading.cancelled():
        reading.exception()
