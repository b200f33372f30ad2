"""A real broker on a free port, and a reader that keeps what arrived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from notify.broker import EmbeddedBroker
from notify.mqtt import MqttNotifications
from orchestrator.ports import Connected, Notification, NotificationEvent


class Reader:
    """Reads a Notifications port on a task and keeps every event."""

    def __init__(self, notifications: MqttNotifications) -> None:
        self.notifications = notifications
        self.events: list[NotificationEvent] = []
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for batch in self.notifications.batches():
            self.events.extend(batch)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def hints(self) -> list[Notification]:
        return self.of(Notification)

    async def until(self, holds: Callable[[], bool], timeout_s: float = 8.0) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not holds():
                    await asyncio.sleep(0.005)
        assert holds(), f"not within {timeout_s} s: {self.events[-5:]}"

    async def close(self) -> None:
        await self.notifications.close()
        await self._task


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(password="s3cret")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
async def reader(broker: EmbeddedBroker) -> AsyncIterator[Reader]:
    reader = Reader(MqttNotifications(broker.endpoint(), reconnect_s=(0.1, 0.4)))
    await reader.until(lambda: bool(reader.of(Connected)))
    yield reader
    await reader.close()
