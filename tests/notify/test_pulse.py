"""A broker that stands still is found within seconds; one that lives is never taken for such."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notify.broker import EmbeddedBroker
from notify.message import encode
from notify.pulse import EVERY_S, WITHIN_S, Pulse
from orchestrator.ports import Connected, Notification
from tests.services import mosquitto
from tests.services.mosquitto_server import Mosquitto

from .mosquitto_tools import connected, publish, reading, told


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """Its account may read the one topic, and nothing else."""
    with mosquitto.running(tmp_path, acl=("user shardwright", "topic read cm/notify")) as broker:
        yield broker


async def test_a_frozen_broker_is_found_within_seconds_and_looked_after_again(tmp_path: Path) -> None:
    broker = mosquitto.own(tmp_path)
    broker.start()
    try:
        async with reading(broker.endpoint()) as reader:
            await connected(reader)
            await asyncio.sleep(2.0)
            broker.pause()
            began = time.monotonic()
            await told(reader, "the broker does not answer")
            assert time.monotonic() - began < 13, "the keep-alive of 15 s needs longer"
            broker.resume()
            await connected(reader, 2)
            await asyncio.to_thread(publish, broker, encode("c", "Thing", ["1"]))
            await reader.until(lambda: bool(reader.of(Notification)), 30.0)
    finally:
        broker.stop()


async def test_a_broker_that_lives_is_kept_whatever_the_account_may_do(broker: Mosquitto) -> None:
    async with reading(broker.endpoint()) as reader:
        await connected(reader)
        await asyncio.sleep(WITHIN_S + 4 * EVERY_S)
        assert reader.notifications.rebuilds == 0
        assert len(reader.of(Connected)) == 1


async def test_the_embedded_broker_answers_too() -> None:
    broker = EmbeddedBroker(password="p", topics=("cm/notify",))
    await asyncio.to_thread(broker.start)
    try:
        async with reading(broker.endpoint("cm/notify")) as reader:
            await connected(reader)
            await asyncio.sleep(WITHIN_S + 4 * EVERY_S)
            assert reader.notifications.rebuilds == 0
            assert len(reader.of(Connected)) == 1
    finally:
        await asyncio.to_thread(broker.stop)


class Asked:
    """A client of which only the question is looked at."""

    def __init__(self) -> None:
        self.mids = 0
        self.on_unsubscribe: Any = None

    def unsubscribe(self, _topic: str) -> tuple[int, int]:
        self.mids += 1
        return 0, self.mids


def test_who_sends_messages_lives_though_its_answer_waits_behind_them() -> None:
    pulse, client, now = Pulse(every_s=1.0, within_s=4.0), Asked(), [10.0]
    pulse.attach(client)  # type: ignore[arg-type]

    def look(heard: int) -> str | None:
        return pulse.look(client, heard, lambda: now[0])  # type: ignore[arg-type]

    assert look(0) is None and client.mids == 1
    for heard in range(1, 20):
        now[0] += 3.0
        assert look(heard) is None
    now[0] += 4.5
    assert look(19) == "the broker does not answer"
    client.on_unsubscribe(client, None, client.mids, [], None)
    assert look(19) is None


def test_an_answer_that_comes_before_the_question_is_known_counts() -> None:
    pulse, client, now = Pulse(every_s=1.0, within_s=4.0), Asked(), [10.0]
    pulse.attach(client)  # type: ignore[arg-type]
    ask = client.unsubscribe

    def answered_at_once(topic: str) -> tuple[int, int]:
        code, mid = ask(topic)
        client.on_unsubscribe(client, None, mid, [], None)
        return code, mid

    client.unsubscribe = answered_at_once  # type: ignore[method-assign]
    for _ in range(5):
        assert pulse.look(client, 0, lambda: now[0]) is None  # type: ignore[arg-type]
        now[0] += 5.0
    assert client.mids == 5
