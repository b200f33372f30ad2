"""Hands every observation to whoever listens. Loop thread only."""

from __future__ import annotations

import asyncio
from itertools import count
from weakref import WeakValueDictionary

from orchestrator.ports import InstanceSeen

MAX_WAITING = 10_000
"""Observations kept for one slow listener; beyond it the oldest go, as the port allows."""


class Subscription:
    """What was published since it was made, in order; ends when the feed closes."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[InstanceSeen | None] = asyncio.Queue()
        self._ended = False

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> InstanceSeen:
        seen = None if self._ended else await self._queue.get()
        if seen is None:
            self._ended = True
            raise StopAsyncIteration
        return seen

    def put(self, seen: InstanceSeen | None) -> None:
        if self._queue.qsize() >= MAX_WAITING:
            self._queue.get_nowait()
        self._queue.put_nowait(seen)


class Feed:
    """Every subscription gets everything, in the order in which they were made; one that nobody holds any
    more is forgotten.
    """

    def __init__(self) -> None:
        self._subscriptions: WeakValueDictionary[int, Subscription] = WeakValueDictionary()
        self._numbers = count()
        self._closed = False

    def subscribe(self) -> Subscription:
        """Listen from now on, even before the first item is awaited."""
        subscription = Subscription()
        if self._closed:
            subscription.put(None)
        self._subscriptions[next(self._numbers)] = subscription
        return subscription

    def publish(self, seen: InstanceSeen) -> None:
        for subscription in list(self._subscriptions.values()):
            subscription.put(seen)

    def close(self) -> None:
        self._closed = True
        for subscription in list(self._subscriptions.values()):
            subscription.put(None)
