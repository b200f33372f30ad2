"""Runs instances as processes of this machine, which live on when the orchestrator ends.

The loop thread owns watches, subscriptions and the tasks that see a stop through; files and
processes are touched by one thread of its own, so no two calls ever work on one shard at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any, ParamSpec, TypeVar

from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import EnsureResult, InstanceSeen, InstanceSpec, Phase, Started, Usage
from orchestrator.runtime.census import Census
from orchestrator.runtime.gauge import Gauge
from orchestrator.runtime.local import LocalInstances
from orchestrator.runtime.machine import local_place
from orchestrator.runtime.news import Feed, Subscription
from orchestrator.runtime.places import Key, Places
from orchestrator.runtime.stopping import Stopping
from orchestrator.runtime.tail import tail
from orchestrator.runtime.watch import Watches

P = ParamSpec("P")
T = TypeVar("T")

Name = tuple[str, int, int]
"""Kind, shard and incarnation."""

TRY_AGAIN_S = 1.0
"""After a stop that could not be carried out."""


class ProcessRuntime:
    """The Runtime port over local processes.

    ``directory``: a local folder of this installation alone; locks, records, logs and working directories
    go there, and the processes that run are found again through it. ``cluster``: the installation's
    name. ``variables``: by kind, the variable that holds the shard's number (default INSTANCE_ID).
    ``name``: what the folder is called in ``place``, where it moves with something else; empty: its path.
    """

    def __init__(
        self,
        directory: Path,
        *,
        cluster: str,
        variables: Mapping[str, str] | None = None,
        allow_privileged: bool = False,
        name: str = "",
        wall: Callable[[], float] = time.time,
    ) -> None:
        directory = directory.resolve()
        # Two installations that were given one name must not take over each other's processes.
        own = f"{cluster}@{sha256(str(directory).encode()).hexdigest()[:12]}"
        self._name = name or str(directory)
        self._places = Places(directory)
        self._census = Census(self._places, own, wall)
        self._local = LocalInstances(
            census=self._census, variables=dict(variables or {}), allow_privileged=allow_privileged
        )
        self._gauge = Gauge(wall)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="instances")
        self._feed = Feed()
        self._watches = Watches()
        self._stops: dict[Name, Stopping] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = False
        self._closed = False

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        result, seen = await self._run("start", self._ensure, spec)
        if seen is not None and (self._watch(seen) or seen.phase is Phase.ENDED):
            self._feed.publish(seen)
        return result

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        name = kind, shard, incarnation
        if name in self._stops:
            self._stops[name].hurry(grace_s)
            return
        self._stops[name] = Stopping(grace_s)
        try:
            left = await self._run("stop", self._local.signal, (kind, shard), incarnation, SIGTERM)
        except BaseException:
            del self._stops[name]
            raise
        if left is None or self._closed:
            del self._stops[name]
            return
        self._watch(left)
        self._feed.publish(left)
        self._begin(self._see_through(name))

    async def force(self, kind: str, shard: int, uid: str) -> None:
        """Always raises Permanent: whether a process of this machine runs is known."""
        raise Permanent(f"whether process {uid} of {kind} {shard} runs is known here: it is not forgotten")

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        found = await self._run("observe", self._observe, kind)
        for seen in found:
            self._watch(seen)
        return found

    def news(self) -> Subscription:
        return self._feed.subscribe()

    async def place(self) -> str:
        return await asyncio.to_thread(local_place, self._name)

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        """Always empty: what a machine bears is not known beforehand."""
        return ()

    async def usage(self, kind: str) -> Mapping[int, Usage]:
        return await self._run("measure", self._measure, kind)

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        return await self._run("read the log of", tail, self._places.log((kind, shard)), lines)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._watches.close()
        self._feed.close()
        # A start that was begun is finished first: its record is to be complete when we are gone.
        await asyncio.get_running_loop().run_in_executor(self._thread, int)
        self._thread.shutdown(wait=False)

    def _ensure(self, spec: InstanceSpec) -> tuple[EnsureResult, InstanceSeen | None]:
        result = self._local.start(spec)
        return result, self._census.look((spec.kind, spec.shard)) if isinstance(result, Started) else None

    def _observe(self, kind: str) -> list[InstanceSeen]:
        looks = (self._census.look(key) for key in self._places.known() if key[0] == kind)
        return [seen for seen in looks if seen is not None]

    def _measure(self, kind: str) -> Mapping[int, Usage]:
        return self._gauge.measure(kind, self._observe(kind))

    def _watch(self, seen: InstanceSeen) -> bool:
        """Whether this process is watched only since now."""
        pid, _, created = seen.uid.partition(":")
        if self._closed or seen.phase not in (Phase.RUNNING, Phase.STOPPING) or not created:
            return False
        return self._watches.add(int(pid), created, lambda: self._begin(self._tell(seen)))

    async def _tell(self, last: InstanceSeen) -> None:
        """A process has ended: look what that leaves, and say so."""
        stopping = self._stops.get((last.kind, last.shard, last.incarnation))
        if stopping is not None:
            stopping.wake()
        try:
            seen = await self._run("observe", self._census.look, (last.kind, last.shard))
        except Unavailable as wrong:
            seen = replace(last, phase=Phase.UNKNOWN, detail=str(wrong))
        if seen is not None:
            self._feed.publish(seen)

    async def _see_through(self, name: Name) -> None:
        """Wait for the end of an instance that was asked to, and make it after its grace."""
        kind, shard, incarnation = name
        stopping = self._stops[name]
        try:
            while True:
                try:
                    left = await self._run("stop", self._force, (kind, shard), incarnation, stopping.is_due)
                    if left is None:
                        return
                except Unavailable as wrong:
                    phase = Phase.UNKNOWN
                    self._feed.publish(
                        InstanceSeen(
                            kind=kind, shard=shard, incarnation=incarnation, phase=phase, detail=str(wrong)
                        )
                    )
                    await asyncio.sleep(TRY_AGAIN_S)
                await stopping.wait()
        finally:
            del self._stops[name]

    def _force(self, key: Key, incarnation: int, is_due: bool) -> InstanceSeen | None:
        if is_due:
            return self._local.signal(key, incarnation, SIGKILL)
        return self._local.running(key, incarnation)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closed:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, what: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise Unavailable(f"cannot {what} instances: the runtime is closed")

        def call() -> T:
            if not self._ready:
                self._places.prepare()
                self._census.adopt()
                self._ready = True
            return work(*args, **kwargs)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except OSError as wrong:
            raise Unavailable(f"cannot {what} instances on this machine: {wrong}") from wrong
