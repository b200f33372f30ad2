"""The ids of one kind in order: up to date when somebody asks, made so away from the loop if it is much."""

from __future__ import annotations

import asyncio
from functools import partial

from orchestrator.core.ordered_ids import OrderedIds
from orchestrator.core.view import View
from orchestrator.engine.setup import Offload

AT_ONCE = 20
"""Chunks that may be compared on the loop, about a tenth of a millisecond each."""

ROUNDS = 3
"""Each is shorter than the one before; what is committed during the last is left to the next reader."""


class Directory:
    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._ordered = OrderedIds()
        self._turn = asyncio.Lock()

    async def ordered(self, view: View) -> OrderedIds:
        """As the view stands, or stood a moment ago. Requires: it is read before anything is awaited."""
        async with self._turn:
            for _ in range(ROUNDS):
                lag = self._ordered.lag(view.shards)
                follow = partial(self._ordered.follow, dict(view.shards), view.index)
                if lag > AT_ONCE:
                    await self._offload(follow)
                    continue
                if lag:
                    follow()
                break
        return self._ordered
