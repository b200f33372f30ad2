"""What the embedded broker has acknowledged reaches the subscriber, come and go the publisher as it may."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from amqtt.broker import Broker
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from notify.broker import EmbeddedBroker
from notify.broker_amqtt import Topics

TOPIC = "cm/notify"
MESSAGES = 500


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    running = EmbeddedBroker(password="secret")
    running.start()
    yield running
    running.stop()


def test_a_publisher_may_leave_as_soon_as_its_messages_are_acknowledged(broker: EmbeddedBroker) -> None:
    subscriber, received = _subscriber(broker)
    _publish_and_leave(broker)
    assert _all(received)
    _leave(subscriber)


def test_what_is_published_before_the_first_subscriber_waits_for_it(broker: EmbeddedBroker) -> None:
    _publish_and_leave(broker)
    subscriber, received = _subscriber(broker)
    assert _all(received)
    _leave(subscriber)


def test_a_broker_that_is_slow_to_pass_on_loses_nothing_of_a_publisher_who_left(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = Broker._handle_message_delivery

    async def slowly(*arguments: Any) -> bool:
        # 500 messages take longer than the second after which ended sessions are looked for.
        await asyncio.sleep(0.005)
        return bool(await deliver(*arguments))

    monkeypatch.setattr(Broker, "_handle_message_delivery", slowly)
    subscriber, received = _subscriber(broker)
    _publish_and_leave(broker)
    assert _all(received)
    _leave(subscriber)


def test_a_subscriber_who_leaves_takes_no_message_from_the_others(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = Topics.topic_filtering

    async def slowly(*arguments: Any, **named: Any) -> bool:
        await asyncio.sleep(0.005)
        return bool(await allowed(*arguments, **named))

    leaving = [_subscriber(broker)[0] for _ in range(8)]
    staying, received = _subscriber(broker)
    monkeypatch.setattr(Topics, "topic_filtering", slowly)
    for client in leaving:
        _leave(client)
    _publish_and_leave(broker)
    assert _all(received)
    _leave(staying)


def _subscriber(broker: EmbeddedBroker) -> tuple[Client, list[bytes]]:
    received: list[bytes] = []
    subscribed = Event()
    client = _client()
    client.on_message = lambda _client, _data, message: received.append(message.payload)
    client.on_connect = lambda client, *_: client.subscribe(TOPIC, qos=1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert subscribed.wait(10.0)
    return client, received


def _connected(broker: EmbeddedBroker) -> Client:
    client = _client()
    connected = Event()
    client.on_connect = lambda *_: connected.set()
    client.max_inflight_messages_set(MESSAGES)
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert connected.wait(10.0)
    return client


def _publish_and_leave(broker: EmbeddedBroker) -> None:
    client = _connected(broker)
    sent = [client.publish(TOPIC, str(number).encode(), qos=1) for number in range(MESSAGES)]
    for message in sent:
        message.wait_for_publish(20.0)
        assert message.is_published()
    _leave(client)


def _all(received: list[bytes]) -> bool:
    """Whether each message came; QoS 1 allows for one to come twice."""
    limit = time.monotonic() + 30.0
    while len(set(received)) < MESSAGES and time.monotonic() < limit:
        time.sleep(0.02)
    return {int(each) for each in received} == set(range(MESSAGES))


def _client() -> Client:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
    client.username_pw_set("shardwright", "secret")
    return client


def _leave(client: Client) -> None:
    client.disconnect()
    client.loop_stop()
