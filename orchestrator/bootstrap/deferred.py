"""A runtime that is made once it is known which store this is: its labels carry the store's id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from orchestrator.engine.store_identity import StoreIdentity
from orchestrator.errors import Unavailable
from orchestrator.ports import EnsureResult, InstanceSeen, InstanceSpec, Runtime, Usage

AGAIN_S = 1.0


class DeferredRuntime:
    """The Runtime port. ``make``: opens the runtime of the store of that id."""

    def __init__(
        self, identity: StoreIdentity, make: Callable[[str], AbstractAsyncContextManager[Runtime]]
    ) -> None:
        self._identity = identity
        self._make = make
        self._stack = AsyncExitStack()
        self._making = asyncio.Lock()
        self._inner: Runtime | None = None

    @property
    def is_made(self) -> bool:
        return self._inner is not None

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        return await (await self._made()).ensure(spec)

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        await (await self._made()).stop(kind, shard, incarnation, grace_s=grace_s)

    async def force(self, kind: str, shard: int, uid: str) -> None:
        await (await self._made()).force(kind, shard, uid)

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        return await (await self._made()).observe(kind)

    async def news(self) -> AsyncGenerator[InstanceSeen, None]:
        inner: Runtime | None = None
        while inner is None:
            try:
                inner = await self._made()
            except Unavailable:
                # observations say what is wrong; news are a fast path only
                await asyncio.sleep(AGAIN_S)
        async for seen in inner.news():
            yield seen

    async def place(self) -> str:
        return await (await self._made()).place()

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        return await (await self._made()).lacking_room(kind, template, more)

    async def usage(self, kind: str) -> Mapping[int, Usage]:
        return await (await self._made()).usage(kind)

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        return await (await self._made()).logs(kind, shard, lines=lines)

    async def close(self) -> None:
        await self._stack.aclose()

    async def _made(self) -> Runtime:
        async with self._making:
            if self._inner is None:
                if not self._identity.known:
                    raise Unavailable("it is not known yet which store this is")
                self._inner = await self._stack.enter_async_context(self._make(self._identity.known))
            return self._inner
