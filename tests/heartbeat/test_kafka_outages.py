"""Brokers that are away, frozen or silent in part: the channel says so, and comes back by itself."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from heartbeat.kafka_options import KafkaOptions
from tests.heartbeat.kafka_scene import (
    PATIENCE_S,
    Channel,
    listening,
    options,
    producing,
    said,
    with_topic,
)
from tests.services.kafka import KafkaServer, own, shared
from tests.services.proxy import Proxy
from tests.services.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

AWAY_S = 10.0
MOST_CPU = 0.25
"""Of one core; a busy loop takes most of one."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KafkaServer]:
    server = own(tmp_path / "one")
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def little_cpu() -> AsyncIterator[None]:
    began, used = time.monotonic(), time.process_time()
    yield
    assert (time.process_time() - used) / (time.monotonic() - began) < MOST_CPU


async def goes_unproven(channel: Channel, within: float = PATIENCE_S) -> None:
    await until(lambda: channel.beats.fault != "" and channel.age() > 1.5, within, "the proof ages")


async def test_a_broker_that_is_away_costs_no_descriptor_an_attempt(server: KafkaServer) -> None:
    chosen = with_topic(server.bootstrap)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        # As in a server, whose collector is kept calm.
        gc.disable()
        try:
            server.kill()
            await goes_unproven(channel)
            before = len(list(Path("/proc/self/fd").iterdir()))
            await asyncio.sleep(AWAY_S)
            assert len(list(Path("/proc/self/fd").iterdir())) <= before + 3
        finally:
            gc.enable()


async def test_a_broker_that_was_away_is_read_on_from_where_it_was_left(server: KafkaServer) -> None:
    chosen = with_topic(server.bootstrap)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        server.kill()
        async with little_cpu():
            await asyncio.sleep(AWAY_S)
        assert channel.age() > AWAY_S - 2
        assert channel.beats.fault.startswith(f"the topic {chosen.topic} of Kafka at {server.bootstrap}")
        await asyncio.to_thread(server.start)
        with producing(server.bootstrap) as producer:
            producer.send(chosen.topic, said(5)).get(30)
        await channel.hears(5)
        await channel.proves_itself()
        assert channel.beats.fault == ""
        assert len([beat for beat in channel.heard if beat.shard == 5]) == 1


async def test_a_frozen_broker_proves_nothing_until_it_goes_on(server: KafkaServer) -> None:
    chosen = with_topic(server.bootstrap)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        server.pause()
        try:
            async with little_cpu():
                await asyncio.sleep(AWAY_S)
            assert channel.age() > AWAY_S - 2
            assert "silent on partition 0, 1, 2" in channel.beats.fault
        finally:
            server.resume()
        await channel.proves_itself()


async def test_clients_that_cannot_connect_are_built_anew_and_leave_nothing_behind(
    server: KafkaServer,
) -> None:
    chosen = with_topic(server.bootstrap, rebuild_after_s=1.0)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        server.kill()
        await until(lambda: channel.beats.counters["rebuilds"] >= 3, 90, "rebuilt again and again")
        await until(lambda: networks() <= 1, 20, "no network of theirs is left running")
        assert "cannot be used" in channel.beats.fault
        await asyncio.to_thread(server.start)
        await channel.proves_itself()


def networks() -> int:
    return sum(thread.name.startswith("kafka-io") for thread in threading.enumerate())


async def test_a_service_that_starts_before_its_broker_is_degraded_until_that_is_there(
    tmp_path: Path,
) -> None:
    server = own(tmp_path)
    chosen = options(server.bootstrap)
    began = time.monotonic()
    async with listening(chosen) as channel:
        assert time.monotonic() - began < 1
        await until(lambda: "cannot be used" in channel.beats.fault, 30, "the reason")
        assert channel.beats.proven() is None
        await asyncio.to_thread(server.start)
        try:
            await until(lambda: "does not exist" in channel.beats.fault, PATIENCE_S, "no topic yet")
            with_topic(server.bootstrap, topic=chosen.topic)
            await channel.proves_itself()
        finally:
            server.stop()


async def test_a_topic_that_is_missing_is_said_and_never_made() -> None:
    chosen = options(shared(), rebuild_after_s=2.0)
    async with listening(chosen) as channel:
        await until(lambda: "does not exist" in channel.beats.fault, PATIENCE_S, "the reason")
        async with little_cpu():
            await asyncio.sleep(3)
        assert "does not exist" in channel.beats.fault
        assert channel.beats.proven() is None
        with_topic(shared(), topic=chosen.topic)
        await channel.proves_itself()


async def test_one_silent_partition_makes_the_whole_channel_unproven(tmp_path: Path) -> None:
    one = own(tmp_path / "one")
    two = own(tmp_path / "two", joins=one)
    try:
        await asyncio.to_thread(one.start)
        await asyncio.to_thread(two.start)
        chosen = with_topic_on(one, two)
        async with listening(chosen) as channel:
            await channel.proves_itself()
            two.pause()
            await goes_unproven(channel)
            await until(lambda: "silent on partition 1" in channel.beats.fault, PATIENCE_S, "which one")
            with producing(one.bootstrap) as producer:
                producer.send(chosen.topic, said(3), partition=0).get(30)
                await channel.hears(3)
            assert channel.age() > 1.5
            two.resume()
            await channel.proves_itself()
    finally:
        two.stop()
        one.stop()


async def test_records_that_are_not_delivered_any_more_are_noticed_on_an_open_connection(
    tmp_path: Path,
) -> None:
    server = own(tmp_path)
    proxy = await Proxy.to(server.bootstrap)
    server.advertised = proxy.address
    try:
        await asyncio.to_thread(server.start)
        chosen = await asyncio.to_thread(with_topic, server.bootstrap)
        async with listening(chosen) as channel:
            await channel.proves_itself()
            proxy.hold()
            await goes_unproven(channel)
            proxy.release()
            await channel.proves_itself()
    finally:
        server.stop()
        await proxy.close()


def with_topic_on(one: KafkaServer, two: KafkaServer) -> KafkaOptions:
    """Of a new topic whose first partition is on one node and whose second is on the other."""
    chosen = options(one.bootstrap)
    admin = KafkaAdminClient(bootstrap_servers=[one.bootstrap])
    try:
        wanted = {"assignments": {0: [one.number], 1: [two.number]}}
        admin.create_topics({chosen.topic: wanted}, wait_for_metadata=True)
    finally:
        admin.close()
    return chosen
