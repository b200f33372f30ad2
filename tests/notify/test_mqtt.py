"""The subscriber against a real broker on a real socket."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from notify.broker import EmbeddedBroker
from notify.endpoint import Endpoint
from notify.inbound import Inbound
from notify.memory import MemoryNotifications
from notify.message import encode
from notify.mqtt import MqttNotifications
from notify.password import stored_password
from orchestrator.errors import ConfigError, Permanent
from orchestrator.ports import Connected, Disconnected, Malformed, Notification, Witness

from .conftest import Reader


def publish(endpoint: Endpoint, *messages: bytes, topic: str = "cm/notify") -> None:
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(endpoint.username, endpoint.password)
    client.connect(endpoint.host, endpoint.port)
    client.loop_start()
    for message in messages:
        client.publish(topic, message, qos=1).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


async def test_all_six_operations_arrive_decoded_and_in_order(broker: EmbeddedBroker, reader: Reader) -> None:
    operations = ["c", "u", "d", "bc", "bu", "bd"]
    messages = [encode(operation, "Thing", ["a"]) for operation in operations]
    await asyncio.to_thread(publish, broker.endpoint(), *messages)
    await reader.until(lambda: len(reader.hints) == 6)
    assert [hint.witness for hint in reader.hints] == [Witness.CREATED, Witness.UPDATED, Witness.DELETED] * 2
    assert {hint.ids for hint in reader.hints} == {("a",)}


async def test_the_order_of_many_messages_is_kept(broker: EmbeddedBroker, reader: Reader) -> None:
    messages = [encode("c", "Thing", [f"thing-{n}"]) for n in range(300)]
    await asyncio.to_thread(publish, broker.endpoint(), *messages)
    await reader.until(lambda: len(reader.hints) == 300)
    assert [hint.ids[0] for hint in reader.hints] == [f"thing-{n}" for n in range(300)]


async def test_what_is_no_message_is_counted_with_its_head(broker: EmbeddedBroker, reader: Reader) -> None:
    rubbish = [b"x" * 1_000_000, b"\xff\x00\x01", b'{"o":"zz","t":"Thing"}', b"[" * 90_000]
    await asyncio.to_thread(publish, broker.endpoint(), *rubbish, encode("c", "Thing", ["after"]))
    await reader.until(lambda: bool(reader.hints))
    malformed = reader.of(Malformed)
    assert [event.head for event in malformed] == [raw[:256] for raw in rubbish]
    assert reader.notifications.malformed == 4
    assert reader.notifications.received == 5


async def test_a_restarted_broker_is_subscribed_again(broker: EmbeddedBroker, reader: Reader) -> None:
    await asyncio.to_thread(broker.stop)
    await reader.until(lambda: bool(reader.of(Disconnected)))
    broker.start()
    await reader.until(lambda: len(reader.of(Connected)) == 2)
    await asyncio.to_thread(publish, broker.endpoint(), encode("d", "Thing", ["a"]))
    await reader.until(lambda: bool(reader.hints))
    assert reader.notifications.reconnects == 1


async def test_who_stops_reading_is_subscribed_no_more_and_may_read_again(broker: EmbeddedBroker) -> None:
    notifications = MqttNotifications(broker.endpoint(), reconnect_s=(0.05, 0.1))
    for _ in range(2):
        batches = notifications.batches()
        async with asyncio.timeout(5.0):
            assert list(await anext(batches)) == [Connected()]
        await batches.aclose()  # type: ignore[attr-defined]
        names = [thread.name for thread in threading.enumerate()]
        assert not [name for name in names if name.startswith("paho-mqtt-client")], "no client is left"
        assert not notifications.is_subscribed
        await asyncio.to_thread(publish, broker.endpoint(), encode("d", "Thing", ["a"]))
    batches = notifications.batches()
    async with asyncio.timeout(5.0):
        assert list(await anext(batches)) == [Connected()], "what came meanwhile is for the resync to find"
    assert notifications.received == 0
    await notifications.close()


async def test_a_wrong_password_is_said_once_and_crashes_nothing(broker: EmbeddedBroker) -> None:
    wrong = dataclasses.replace(broker.endpoint(), password="wrong")
    reader = Reader(MqttNotifications(wrong, reconnect_s=(0.05, 0.1)))
    await reader.until(lambda: bool(reader.events))
    await asyncio.sleep(0.3)
    assert len(reader.events) == 1
    assert "Not authorized" in reader.of(Disconnected)[0].detail
    assert "wrong" not in repr(wrong)
    await reader.close()


async def test_a_broker_that_is_not_there_is_said_and_found_when_it_comes() -> None:
    broker = EmbeddedBroker(password="p")
    broker.start()
    broker.stop()
    reader = Reader(MqttNotifications(broker.endpoint(), reconnect_s=(0.05, 0.1)))
    await reader.until(lambda: bool(reader.of(Disconnected)))
    broker.start()
    await reader.until(lambda: bool(reader.of(Connected)))
    await reader.close()
    broker.stop()


async def test_a_subscription_that_is_refused_is_no_connection(broker: EmbeddedBroker) -> None:
    other = broker.endpoint(topic="other/topic")
    reader = Reader(MqttNotifications(other, subscription_deadline_s=0.1))
    await reader.until(lambda: reader.notifications.rebuilds == 1)
    assert not reader.of(Connected)
    assert "did not grant QoS 1" in reader.of(Disconnected)[0].detail
    await reader.close()


async def test_a_dead_network_thread_is_replaced(broker: EmbeddedBroker, reader: Reader) -> None:
    client = reader.notifications._client
    assert client is not None
    # What an exception in paho's own loop does: the thread ends, and nothing says so.
    client._loop = lambda timeout=1.0: 1 / 0  # type: ignore[method-assign]
    threading.excepthook, hook = lambda args: None, threading.excepthook
    try:
        await reader.until(lambda: len(reader.of(Connected)) == 2)
    finally:
        threading.excepthook = hook
    assert reader.notifications.rebuilds == 1
    await asyncio.to_thread(publish, broker.endpoint(), encode("c", "Thing", ["a"]))
    await reader.until(lambda: bool(reader.hints))


async def test_a_full_queue_drops_counts_and_asks_for_another_look() -> None:
    inbound = Inbound(limit=2)
    inbound.attach(asyncio.get_running_loop())
    hint = Notification(table="Thing", witness=Witness.CREATED, ids=("a",))
    for _ in range(5):
        inbound.put(hint)
    assert inbound.dropped == 3
    assert inbound.take(10) == [hint, hint, Connected()]
    assert inbound.take(10) == []
    await inbound.wait(1)


async def test_memory_notifications_yield_what_is_pushed_while_they_are_read_and_end() -> None:
    notifications = MemoryNotifications()
    hint = Notification(table="Thing", witness=Witness.DELETED)
    notifications.push(hint)
    for _ in range(2):
        batches = notifications.batches()
        assert list(await anext(batches)) == [Connected()], "what came before was missed"
        notifications.push(hint)
        assert list(await anext(batches)) == [hint]
        await batches.aclose()  # type: ignore[attr-defined]
    await notifications.close()
    assert [list(batch) async for batch in notifications.batches()] == [[Connected()]]


def test_a_taken_port_is_named(broker: EmbeddedBroker) -> None:
    second = EmbeddedBroker(password="p", port=broker.port)
    with pytest.raises(Permanent, match=rf"127\.0\.0\.1:{broker.port}"):
        second.start()
    assert not second.is_running


def test_the_broker_leaves_no_thread_and_says_when_it_stalls() -> None:
    before = set(threading.enumerate())
    broker = EmbeddedBroker(password="p")
    broker.start()
    assert broker.stalled_for() < 0.5
    broker.stop()
    broker.stop()
    assert set(threading.enumerate()) == before
    assert not broker.is_running


def test_the_broker_stops_while_messages_arrive(broker: EmbeddedBroker) -> None:
    endpoint = broker.endpoint()
    for _ in range(3):
        client = Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(endpoint.username, endpoint.password)
        client.on_connect = lambda client, *_: client.subscribe(endpoint.topic, 1)
        client.connect(endpoint.host, endpoint.port)
        client.loop_start()
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            client.publish(endpoint.topic, b"x", qos=1)
            time.sleep(0.0005)
        began = time.monotonic()
        broker.stop()
        assert time.monotonic() - began < 3
        client.disconnect()
        client.loop_stop()
        broker.start()


def test_the_password_is_made_once_and_only_its_owner_reads_it(tmp_path) -> None:
    first = stored_password(tmp_path / "data")
    assert stored_password(tmp_path / "data") == first
    path = tmp_path / "data" / "mqtt-password"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["mqtt-password"]
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read it"):
        stored_password(tmp_path / "data")
