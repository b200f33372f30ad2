"""The subscriber and a real Mosquitto that refuses, restarts, dies, stands still or takes its name away."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from notify.client import draw_delays
from notify.message import encode
from notify.mqtt import MqttNotifications
from orchestrator.ports import Connected, Disconnected, Notification
from tests.services import mosquitto
from tests.services.mosquitto_server import Mosquitto

from .mosquitto_tools import LONG, QUICK, connected, publish, reading, told


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto.running(tmp_path) as broker:
        yield broker


async def test_a_wrong_password_is_said_and_tried_again_until_it_is_right(broker: Mosquitto) -> None:
    right = broker.password
    wrong = dataclasses.replace(broker.endpoint(), password="wrong")
    async with reading(wrong) as reader:
        await told(reader, "refused the user 'shardwright': Not authorized")
        await asyncio.sleep(1.0)
        assert len(reader.of(Disconnected)) == 1
        assert not reader.of(Connected)
        assert "wrong" not in str(reader.events)
        broker.password = "wrong"
        await asyncio.to_thread(broker.restart)
        await connected(reader)
    broker.password = right


async def test_a_client_without_a_user_is_refused_and_told(broker: Mosquitto) -> None:
    anonymous = dataclasses.replace(broker.endpoint(), username=None, password=None)
    async with reading(anonymous) as reader:
        await told(reader, "refused a client without a user")


async def test_each_return_of_the_broker_asks_for_another_look(broker: Mosquitto) -> None:
    async with reading(broker.endpoint()) as reader:
        for time_of in range(1, 4):
            await connected(reader, time_of)
            await asyncio.to_thread(broker.restart)
        await connected(reader, 4)
        # On a busy machine it may also meet a broker that is not up again yet.
        assert sum("is disconnected" in each.detail for each in reader.of(Disconnected)) == 3
        assert reader.notifications.reconnects == 3
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["after"]))
        await reader.until(lambda: bool(reader.hints), LONG)
        assert reader.notifications.rebuilds == 0


async def test_a_broker_that_is_away_is_said_once_and_found_again(broker: Mosquitto) -> None:
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        broker.kill()
        await told(reader, "cannot be reached: [Errno 111] Connection refused")
        await asyncio.sleep(1.5)
        assert len(reader.of(Disconnected)) == 2
        await asyncio.to_thread(broker.start)
        await connected(reader, 2)


async def test_a_broker_that_stands_still_is_noticed_within_two_keepalives(broker: Mosquitto) -> None:
    async with reading(broker.endpoint(), keepalive_s=1) as reader:
        await connected(reader)
        broker.pause()
        began = time.monotonic()
        await reader.until(lambda: bool(reader.of(Disconnected)), LONG)
        assert time.monotonic() - began < 10
        assert not reader.notifications.is_subscribed
        broker.resume()
        await connected(reader, 2)


async def test_a_broker_that_takes_the_connection_and_answers_nothing_is_said(broker: Mosquitto) -> None:
    broker.pause()
    async with reading(broker.endpoint(), keepalive_s=1) as reader:
        await reader.until(lambda: bool(reader.of(Disconnected)), LONG)
        assert not reader.of(Connected)
        broker.resume()
        await connected(reader)


async def test_a_subscription_of_quality_0_is_no_connection(tmp_path: Path) -> None:
    broker = mosquitto.own(tmp_path, settings={"max_qos": "0"})
    broker.start()
    try:
        async with reading(broker.endpoint(), subscription_deadline_s=0.5) as reader:
            await told(reader, "did not grant QoS 1 on cm/notify: Granted QoS 0")
            await reader.until(lambda: reader.notifications.rebuilds >= 1, LONG)
            assert not reader.of(Connected)
            assert not reader.notifications.is_subscribed
    finally:
        broker.stop()


async def test_whoever_stops_reading_leaves_the_broker_and_begins_anew_with_nothing(
    broker: Mosquitto,
) -> None:
    notifications = MqttNotifications(broker.endpoint(), reconnect_s=QUICK)

    async def first(kind: type) -> list[object]:
        batches, seen = notifications.batches(), []
        async with asyncio.timeout(LONG):
            async for batch in batches:
                seen += batch
                if any(isinstance(event, kind) for event in seen):
                    break
        await batches.aclose()
        return seen

    for _ in range(3):
        assert await first(Connected) == [Connected()]
        assert not notifications.is_subscribed
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["missed"]))
    reading = asyncio.create_task(first(Notification))
    await asyncio.sleep(0.5)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert not [each for each in threading.enumerate() if each.name.startswith("paho-mqtt-client")]
    await notifications.close()
    assert notifications.received == 0


async def test_two_subscribers_have_names_of_their_own(broker: Mosquitto) -> None:
    async with reading(broker.endpoint()) as one, reading(broker.endpoint()) as other:
        await connected(one)
        await connected(other)
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["a"]))
        for reader in (one, other):
            await reader.until(lambda reader=reader: bool(reader.hints), LONG)
            assert not reader.of(Disconnected)


async def test_whoever_takes_its_name_is_answered_with_another_look(broker: Mosquitto) -> None:
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        name = reader.notifications._client._client_id.decode()
        thief = Client(CallbackAPIVersion.VERSION2, client_id=name, reconnect_on_failure=False)
        thief.username_pw_set(broker.username, broker.password)
        thief.connect(broker.host, broker.port)
        thief.loop_start()
        await reader.until(lambda: bool(reader.of(Disconnected)), LONG)
        await connected(reader, 2)
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["a"]))
        await reader.until(lambda: bool(reader.hints), LONG)
        thief.loop_stop()


async def test_a_network_thread_that_died_is_replaced(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    died: list[object] = []
    monkeypatch.setattr("threading.excepthook", died.append)
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        client = reader.notifications._client

        def broken(*_: object) -> None:
            raise RuntimeError("a fault of the library")

        client.loop_read = broken
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["a"]))
        await reader.until(lambda: bool(died), LONG)
        assert client.is_connected(), "this is why the thread is watched"
        await told(reader, "the network thread died")
        await connected(reader, 2)
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["b"]))
        await reader.until(lambda: bool(reader.hints), LONG)
        assert reader.hints[0].ids == ("b",)


def test_waits_before_a_reconnection_are_drawn_between_1_and_15_seconds() -> None:
    waits = set()
    for _ in range(50):
        client = Client(CallbackAPIVersion.VERSION2)
        draw_delays(client, (1.0, 15.0))
        assert 0.75 <= client._reconnect_min_delay <= 1.25
        assert 11 <= client._reconnect_max_delay <= 19
        waits.add(client._reconnect_min_delay)
    assert len(waits) > 40
