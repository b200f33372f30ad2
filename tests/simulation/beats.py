"""The channel of the beats beside the exchange: what is sent over it is lost, doubled, late, or forged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from heartbeat.memory import MemoryHeartbeats
from heartbeat.pool import Pool
from orchestrator.core.model import Protocol
from orchestrator.ports import Beat
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.seed_worker import SeedWorker
from tests.simulation.worker import SimulatedWorker

if TYPE_CHECKING:
    from tests.simulation.world import World


class Beats:
    """Sends what workers beat to the world's channel, as well as the weather lets it through."""

    def __init__(self, world: World) -> None:
        self._waiting: list[Beat] = []
        self._world = world

    async def go_on(self, worker: SimulatedWorker | SeedWorker) -> None:
        """Beat for as long as the worker lives."""
        interval = self._world.settings.health.interval
        named = self._world.settings.policy.protocol is Protocol.V1
        while True:
            self.send(
                Beat(
                    kind=worker.spec.kind,
                    shard=worker.spec.shard,
                    received=self._world.loop.time(),
                    incarnation=worker.spec.incarnation if named else None,
                )
            )
            await asyncio.sleep(interval)

    def send(self, beat: Beat) -> None:
        weather = self._world.weather
        if (beat.kind, beat.shard) in self._world.workforce.muted or weather.happens(weather.lost_beat):
            self._world.story.meet("lost beat")
            return
        for _ in range(2 if weather.happens(weather.doubled_beat) else 1):
            if weather.delayed_beat_s:
                delay = weather.chance.expovariate(1.0 / weather.delayed_beat_s)
                arrives = replace(beat, received=beat.received + delay)
                self._world.loop.call_later(delay, self._arrive, arrives)
            else:
                self._arrive(beat)

    def _arrive(self, beat: Beat) -> None:
        if self._world.heartbeats.is_stuck:
            self._waiting.append(beat)
            return
        if not self._world.heartbeats.fault:
            self._world.heard(beat)
        self._world.heartbeats.receive(beat)

    def flow(self) -> None:
        """Let all that waits arrive."""
        self._world.heartbeats.is_stuck = False
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._world.story.meet("backlog of beats")
        for beat in waiting:
            self._arrive(beat)


class Channel(MemoryHeartbeats):
    """The channel as the world sees it: each process that listens hears all of it.

    ``is_stuck``: nothing goes through at the moment, what would prove it alive neither; what waits comes
    all at once, as it was stamped.
    """

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.is_stuck = False
        self._listening: dict[str, Ear] = {}

    def listen(self, name: str) -> Ear:
        """What the process of this name hears from now on; its earlier life hears no more."""
        self._listening[name] = Ear(self)
        return self._listening[name]

    def stick(self) -> None:
        self.proven()
        self.is_stuck = True

    def proven(self) -> float | None:
        return self._proven if self.is_stuck else super().proven()

    def receive(self, beat: Beat) -> None:
        if not self.fault:
            for ear in self._listening.values():
                ear.pool.put(beat)


class Ear:
    """The Heartbeats port of one process."""

    def __init__(self, channel: Channel) -> None:
        self.pool = Pool(10_000)
        self.counters: dict[str, int] = {}
        self.last_malformed: tuple[str, ...] = ()
        self._channel = channel

    @property
    def fault(self) -> str:
        return self._channel.fault

    def batches(self) -> AsyncIterator[Sequence[Beat]]:
        return self.pool.batches()

    def proven(self) -> float | None:
        return self._channel.proven()

    async def close(self) -> None:
        self.pool.close()


ROUNDING_S = 0.001


class Hearing:
    """When each instance was heard of: nobody is stopped for silence who was heard all the time (S10)."""

    def __init__(self, loop: VirtualLoop, deadline: float) -> None:
        self._loop = loop
        self._deadline = deadline - ROUNDING_S
        self._last: dict[tuple[str, int], float] = {}
        self._gaps: dict[tuple[str, int], list[float]] = defaultdict(list)

    def begins(self, kind: str, shard: int) -> None:
        """The store says live: whoever cannot observe the runtime counts from there."""
        self._last[kind, shard] = self._loop.time()
        self._gaps[kind, shard].clear()

    def heard(self, beat: Beat) -> None:
        # Of a channel that was stuck the stamp counts, as it does for whoever judges by it.
        key, now = (beat.kind, beat.shard), beat.received or self._loop.time()
        last = self._last.get(key, now)
        if now - last >= self._deadline or self._is_late(key, last):
            self._gaps[key].append(now)
        self._last[key] = max(now, self._last.get(key, now))

    def _is_late(self, key: tuple[str, int], last: float) -> bool:
        """One that was delayed alone was silent for all that anybody knew, while others were heard."""
        if self._loop.time() - last < self._deadline:
            return False
        proven = max((at for one, at in self._last.items() if one != key), default=last)
        return proven - last >= self._deadline / 2

    def was_silent(self, kind: str, shard: int) -> bool:
        """Whether there was a gap of a whole deadline since the instance began."""
        key = kind, shard
        return bool(self._gaps[key]) or self._loop.time() - self._last.get(key, 0.0) >= self._deadline
