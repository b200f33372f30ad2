"""Waiting for what must come true soon, on a real clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from orchestrator.ports import InstanceSeen, Phase, Runtime


async def until(is_so: Callable[[], Awaitable[bool]], timeout_s: float = 8.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await is_so():
            await asyncio.sleep(0.02)


async def seen_of(runtime: Runtime, shard: int, kind: str = "Thing") -> InstanceSeen | None:
    found = [seen for seen in await runtime.observe(kind) if seen.shard == shard]
    assert len(found) <= 1
    return found[0] if found else None


async def phase(
    runtime: Runtime, shard: int, *wanted: Phase | None, kind: str = "Thing"
) -> InstanceSeen | None:
    """What is observed once the shard's phase is one of these (None: it is not in the answer)."""
    last: list[InstanceSeen | None] = []

    async def there() -> bool:
        last.append(await seen_of(runtime, shard, kind))
        return (last[-1].phase if last[-1] else None) in wanted

    await until(there)
    return last[-1]


async def line_in(path: Path, text: str) -> None:
    async def written() -> bool:
        return path.exists() and text in path.read_text()

    await until(written)
