"""A runtime without processes, for the simulated world: deterministic, on the injected clock.

It fails when it is told to. What is to happen later sleeps on the clock and then happens, so every
change is news at its time. A ``World`` may listen, to run simulated workers.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from orchestrator.errors import Unavailable
from orchestrator.ports import (
    Clock,
    EnsureResult,
    InstanceSeen,
    InstanceSpec,
    Occupied,
    Phase,
    Rejected,
    Started,
    Usage,
)
from orchestrator.runtime.faults import Fault, Faults, Verb
from orchestrator.runtime.news import Feed, Subscription
from orchestrator.runtime.places import Key

ENDED_KEPT_S = 600.0
"""How long an end is reported."""


class World(Protocol):
    """Told what happens to instances, at the moment at which it does."""

    def on_running(self, spec: InstanceSpec) -> None: ...

    def on_asked_to_stop(self, spec: InstanceSpec) -> bool:
        """Whether the worker ends by itself (``MemoryRuntime.end``); else it does so at once."""

    def on_ended(self, spec: InstanceSpec) -> None: ...


class MemoryRuntime:
    """The Runtime port over a dict. ``start_s``: how long an instance is pending before it runs.

    ``room``: for how many more instances it claims to have room; None: for any number. ``where``: what it
    says of its place. ``used``: what it says that instances use.
    """

    def __init__(self, clock: Clock, *, world: World | None = None, start_s: float = 0.0) -> None:
        self.specs: dict[Key, InstanceSpec] = {}
        self.written: dict[Key, list[str]] = defaultdict(list)
        self.used: dict[Key, Usage] = {}
        self.room: int | None = None
        self.where = ""
        self._clock = clock
        self._world = world
        self._start_s = start_s
        self._seen: dict[Key, InstanceSeen] = {}
        self._faults = Faults()
        self._rejected: dict[Key, str] = {}
        self._deaf: set[Key] = set()
        self._held: list[InstanceSeen] | None = None
        self._feed = Feed()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        fault = self._faults.take("ensure")
        if fault is not None:
            if fault.after_s is not None:
                self._later(fault.after_s, partial(self._begin, spec))
            raise Unavailable(fault.detail)
        return self._begin(spec)

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        fault = self._faults.take("stop")
        if fault is None:
            self._ask((kind, shard), incarnation, grace_s)
            return
        if fault.after_s is not None:
            self._later(fault.after_s, partial(self._ask, (kind, shard), incarnation, grace_s))
        raise Unavailable(fault.detail)

    async def force(self, kind: str, shard: int, uid: str) -> None:
        self._may_fail("force")
        seen = self._seen.get((kind, shard))
        if seen is not None and seen.uid == uid:
            del self._seen[kind, shard]

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        self._may_fail("observe")
        seen = self._current() if self._held is None else self._held
        return [one for one in seen if one.kind == kind]

    def news(self) -> Subscription:
        return self._feed.subscribe()

    async def place(self) -> str:
        self._may_fail("place")
        return self.where

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        self._may_fail("lacking_room")
        return [] if self.room is None or more <= self.room else [f"room for {self.room}, not for {more}"]

    async def usage(self, kind: str) -> Mapping[int, Usage]:
        self._may_fail("usage")
        return {shard: used for (of, shard), used in self.used.items() if of == kind}

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        self._may_fail("logs")
        return self.written[kind, shard][-lines:] if lines > 0 else []

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._feed.close()

    # --- on demand -------------------------------------------------------------------------------

    def fail(self, verb: Verb, *, times: int = 1, after_s: float | None = None) -> None:
        """Let the next calls raise Unavailable.

        With ``after_s`` they take effect nevertheless, so many seconds later.
        """
        self._faults.add(verb, Fault(after_s=after_s), times)

    def heal(self) -> None:
        """Nothing fails, is deaf, rejected or stale any more."""
        self._faults.clear()
        self._rejected.clear()
        self._deaf.clear()
        self._held = None

    def reject(self, kind: str, shard: int, detail: str) -> None:
        """Answer Rejected to every ensure of this shard."""
        self._rejected[kind, shard] = detail

    def deafen(self, kind: str, shard: int) -> None:
        """Let instances of this shard ignore a stop until their grace is over."""
        self._deaf.add((kind, shard))

    def lose(self, kind: str, shard: int) -> None:
        """Know nothing of the shard's instance any more, as of one on a node that does not answer."""
        seen = self._seen[kind, shard]
        self._put(replace(seen, phase=Phase.UNKNOWN, detail="its node does not answer"))

    def hold_observation(self) -> None:
        """Answer every observe as things are now, though they change: what a broken runtime would do."""
        self._held = self._current()

    def end(self, kind: str, shard: int, incarnation: int, detail: str = "exit code 0") -> None:
        """The instance ends by itself; nothing happens when another one, or none, is there."""
        seen = self._running((kind, shard), incarnation)
        if seen is not None:
            self._put(replace(seen, phase=Phase.ENDED, since=self._clock.wall(), detail=detail))

    def _may_fail(self, verb: Verb) -> None:
        if (fault := self._faults.take(verb)) is not None:
            raise Unavailable(fault.detail)

    # --- what happens ----------------------------------------------------------------------------

    def _begin(self, spec: InstanceSpec) -> EnsureResult:
        key = spec.kind, spec.shard
        if key in self._rejected:
            return Rejected(detail=self._rejected[key])
        there = self._seen.get(key)
        if there is not None and there.incarnation == spec.incarnation:
            return Started()
        if there is not None and there.phase is not Phase.ENDED:
            return Occupied(incarnation=there.incarnation, detail=f"its instance is {there.uid}")
        self.specs[key] = spec
        self._put(
            InstanceSeen(
                kind=spec.kind,
                shard=spec.shard,
                incarnation=spec.incarnation,
                phase=Phase.PENDING,
                uid=f"{spec.name}:{spec.incarnation}",
                since=self._clock.wall(),
            )
        )
        if self._start_s > 0:
            self._later(self._start_s, partial(self._now_runs, spec))
        else:
            self._now_runs(spec)
        return Started()

    def _now_runs(self, spec: InstanceSpec) -> None:
        seen = self._running((spec.kind, spec.shard), spec.incarnation)
        if seen is not None and seen.phase is Phase.PENDING:
            self._put(replace(seen, phase=Phase.RUNNING, since=self._clock.wall()))

    def _ask(self, key: Key, incarnation: int, grace_s: float) -> None:
        seen = self._running(key, incarnation)
        if seen is None:
            return
        asked_before = seen.phase is Phase.STOPPING
        if not asked_before:
            self._put(replace(seen, phase=Phase.STOPPING))
        by_itself = (
            self._world is not None and not asked_before and self._world.on_asked_to_stop(self.specs[key])
        )
        if not (by_itself or asked_before or key in self._deaf):
            self.end(*key, incarnation, "ended by SIGTERM")
        elif grace_s <= 0:
            self.end(*key, incarnation, "ended by SIGKILL")
        else:
            self._later(grace_s, partial(self.end, *key, incarnation, "ended by SIGKILL"))

    def _running(self, key: Key, incarnation: int) -> InstanceSeen | None:
        seen = self._seen.get(key)
        if seen is None or seen.incarnation != incarnation or seen.phase in (Phase.ENDED, Phase.UNKNOWN):
            return None
        return seen

    def _put(self, seen: InstanceSeen) -> None:
        key = seen.kind, seen.shard
        self._seen[key] = seen
        self._feed.publish(seen)
        if self._world is not None and seen.phase is Phase.RUNNING:
            self._world.on_running(self.specs[key])
        if self._world is not None and seen.phase is Phase.ENDED:
            self._world.on_ended(self.specs[key])

    def _current(self) -> list[InstanceSeen]:
        now = self._clock.wall()
        kept = {
            key: seen
            for key, seen in self._seen.items()
            if seen.phase is not Phase.ENDED or now - seen.since <= ENDED_KEPT_S
        }
        self._seen = kept
        return [kept[key] for key in sorted(kept)]

    def _later(self, seconds: float, work: Callable[[], object]) -> None:
        task = asyncio.create_task(self._after(seconds, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, seconds: float, work: Callable[[], object]) -> None:
        await self._clock.sleep(seconds)
        work()
