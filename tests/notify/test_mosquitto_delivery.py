"""What a real Mosquitto hands over, what it drops without a word, and what is made of strange messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from notify.message import encode
from orchestrator.ports import Connected, Malformed
from tests.services import mosquitto
from tests.services.mosquitto_server import Mosquitto

from .mosquitto_tools import LONG, connected, publish, reading


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto.running(tmp_path) as broker:
        yield broker


async def test_a_burst_arrives_whole_and_in_order(broker: Mosquitto) -> None:
    messages = [encode("c", "Thing", [f"thing-{n}"]) for n in range(5000)]
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        for start in range(0, len(messages), 500):
            # Mosquitto keeps 1,000 for a subscriber who is slower than the publisher.
            await asyncio.to_thread(publish, broker, *messages[start : start + 500])
            await reader.until(lambda start=start: len(reader.hints) >= start + 500, LONG)
        assert [hint.ids[0] for hint in reader.hints] == [f"thing-{n}" for n in range(5000)]


async def test_acknowledgements_are_sent_at_once(tmp_path: Path) -> None:
    """The broker sends the next message when the one before is acknowledged; a wait takes up to a second."""
    broker = mosquitto.own(tmp_path, settings={"max_inflight_messages": "1"})
    broker.start()
    try:
        async with reading(broker.endpoint()) as reader:
            await connected(reader)
            messages = [encode("c", "Thing", [f"thing-{n}"]) for n in range(60)]
            began = time.monotonic()
            await asyncio.to_thread(publish, broker, *messages)
            await reader.until(lambda: len(reader.hints) == len(messages), LONG)
            assert time.monotonic() - began < 20
    finally:
        broker.stop()


async def test_what_is_no_message_is_counted_and_hinders_nothing(broker: Mosquitto) -> None:
    rubbish = [b"", b"x" * 1_000_000, b"\xff\x00", b'{"o":"zz","t":"Thing"}', b"[" * 200_000, b"null"]
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        await asyncio.to_thread(publish, broker, *rubbish, encode("c", "Thing", ["after"]))
        await reader.until(lambda: bool(reader.hints), LONG)
        assert [event.head for event in reader.of(Malformed)] == [raw[:256] for raw in rubbish]
        assert reader.notifications.malformed == len(rubbish)


async def test_other_topics_are_not_listened_to(broker: Mosquitto) -> None:
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        for topic in ("cm/notify/x", "cm", "other", "CM/notify"):
            await asyncio.to_thread(publish, broker, encode("d", "Thing", ["other"]), topic=topic)
        await asyncio.to_thread(publish, broker, encode("c", "Thing", ["a"]))
        await reader.until(lambda: bool(reader.hints), LONG)
        assert [hint.ids for hint in reader.hints] == [("a",)]
        assert reader.notifications.received == 1


async def test_what_was_published_while_it_was_away_is_missed_and_another_look_asked_for(
    broker: Mosquitto,
) -> None:
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
    await asyncio.to_thread(publish, broker, encode("c", "Thing", ["missed"]))
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        assert reader.events == [Connected()]


def test_mosquitto_drops_silently_what_a_subscriber_who_stands_still_cannot_take(tmp_path: Path) -> None:
    """The reason why a process that stood still asks for another look although its link never broke."""
    broker = mosquitto.own(tmp_path, settings={"max_queued_messages": "100"})
    broker.start()
    received: list[bytes] = []
    subscriber = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
    subscriber.username_pw_set(broker.username, broker.password)
    subscriber.on_message = lambda _client, _data, message: received.append(message.payload)
    try:
        subscriber.connect(broker.host, broker.port)
        subscriber.subscribe("cm/notify", qos=1)
        for _ in range(20):
            subscriber.loop(0.05)
        publish(broker, *[str(n).encode() for n in range(1000)])
        limit = time.monotonic() + 3
        while time.monotonic() < limit:
            subscriber.loop(0.05)
        assert subscriber.is_connected()
        assert 100 <= len(received) < 1000
    finally:
        subscriber.disconnect()
        broker.stop()


async def test_a_process_that_stood_still_asks_for_another_look(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.mqtt._WATCH_S", 0.2)
    monkeypatch.setattr("notify.mqtt._STALL_S", 1.0)
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        await asyncio.sleep(0.5)
        assert len(reader.of(Connected)) == 1
        time.sleep(2)
        await connected(reader, 2)
