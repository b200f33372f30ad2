"""One world for each runtime: how to make instances that run, end, refuse to start or to stop in it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from orchestrator.ports import InstanceSpec, Runtime
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.conftest import end_all
from tests.runtime.kubernetes_world import KubernetesWorld
from tests.runtime.pods import DEAF, spec
from tests.runtime.waiting import line_in


class RealClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class World(Protocol):
    runtime: Runtime

    def running(self, shard: int, incarnation: int) -> InstanceSpec:
        """A spec whose instance runs until it is stopped."""

    def refused(self, shard: int, incarnation: int) -> InstanceSpec:
        """A spec that the runtime can never start."""

    async def start_deaf(self, shard: int, incarnation: int) -> None:
        """Start an instance that ignores being asked to stop."""

    async def start_ending(self, shard: int, incarnation: int, said: str) -> None:
        """Start an instance that writes a line and ends by itself with exit code 3."""

    async def close(self) -> None: ...


class MemoryWorld:
    def __init__(self, directory: Path, name: str) -> None:
        self.runtime = MemoryRuntime(RealClock())

    def running(self, shard: int, incarnation: int) -> InstanceSpec:
        return spec(shard=shard, incarnation=incarnation)

    def refused(self, shard: int, incarnation: int) -> InstanceSpec:
        self.runtime.reject("Thing", shard, "no-such-command")
        return self.running(shard, incarnation)

    async def start_deaf(self, shard: int, incarnation: int) -> None:
        self.runtime.deafen("Thing", shard)
        await self.runtime.ensure(self.running(shard, incarnation))

    async def start_ending(self, shard: int, incarnation: int, said: str) -> None:
        await self.runtime.ensure(self.running(shard, incarnation))
        self.runtime.written["Thing", shard].append(said)
        self.runtime.end("Thing", shard, incarnation, "exit code 3")

    async def close(self) -> None:
        await self.runtime.close()


class ProcessWorld:
    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.runtime = ProcessRuntime(directory, cluster=name)

    def running(self, shard: int, incarnation: int) -> InstanceSpec:
        return spec(shard=shard, incarnation=incarnation)

    def refused(self, shard: int, incarnation: int) -> InstanceSpec:
        return spec("no-such-command", shard=shard, incarnation=incarnation)

    async def start_deaf(self, shard: int, incarnation: int) -> None:
        await self.runtime.ensure(spec(*DEAF, shard=shard, incarnation=incarnation))
        await line_in(self.directory / "logs" / f"Thing-{shard}.log", "deaf")

    async def start_ending(self, shard: int, incarnation: int, said: str) -> None:
        script = f"print({said!r}); raise SystemExit(3)"
        await self.runtime.ensure(spec(sys.executable, "-c", script, shard=shard, incarnation=incarnation))

    async def close(self) -> None:
        await self.runtime.close()
        end_all(self.name)


WORLDS: dict[str, Callable[[Path, str], World]] = {
    "memory": MemoryWorld,
    "process": ProcessWorld,
    "kubernetes": KubernetesWorld,
}
