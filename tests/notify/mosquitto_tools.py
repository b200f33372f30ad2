"""A publisher on paho's own terms, and readers of a real Mosquitto that are closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from paho.mqtt.publish import multiple

from notify.endpoint import Endpoint
from notify.mqtt import MqttNotifications
from orchestrator.ports import Connected, Disconnected
from tests.services.mosquitto_server import Mosquitto

from .conftest import Reader

QUICK = (0.1, 0.4)
LONG = 30.0
"""Seconds that a busy machine may take for what usually takes one."""


@asynccontextmanager
async def reading(endpoint: Endpoint, **settings: Any) -> AsyncIterator[Reader]:
    """A reader of our adapter, which need not be connected yet."""
    reader = Reader(MqttNotifications(endpoint, **{"reconnect_s": QUICK, **settings}))
    try:
        yield reader
    finally:
        await reader.close()


async def connected(reader: Reader, times: int = 1) -> None:
    await reader.until(lambda: len(reader.of(Connected)) >= times, LONG)


async def told(reader: Reader, words: str) -> None:
    """Wait for a disconnection whose sentence has these words."""
    await reader.until(lambda: any(words in event.detail for event in reader.of(Disconnected)), LONG)


def publish(broker: Mosquitto, *messages: bytes, topic: str = "cm/notify", qos: int = 1) -> None:
    """Publish in order and return when all are acknowledged."""
    multiple(
        [{"topic": topic, "payload": message, "qos": qos} for message in messages],
        hostname=broker.host,
        port=broker.port,
        auth={"username": broker.username, "password": broker.password},
    )
