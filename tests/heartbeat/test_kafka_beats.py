"""Beats on a real topic: all are heard by every replica, and what is no beat blocks nothing."""

from __future__ import annotations

import asyncio
import json
import threading
import time

import pytest
from kafka import KafkaAdminClient

from heartbeat.message import encode_topic
from orchestrator.clock import SystemClock
from orchestrator.ports import Beat
from tests.heartbeat.kafka_scene import (
    PATIENCE_S,
    listening,
    producing,
    said,
    with_producers_time,
    with_topic,
)
from tests.services.kafka import shared
from tests.services.waiting import until


async def test_beats_on_every_partition_are_heard_and_the_channel_proves_itself() -> None:
    chosen = with_topic(shared())
    async with listening(chosen) as channel:
        assert channel.beats.proven() is None
        with producing(shared()) as producer:
            for shard in range(9):
                producer.send(chosen.topic, said(shard), partition=shard % 3)
            await channel.hears(*range(9))
        await channel.proves_itself()
        assert channel.beats.fault == ""
        assert all(beat.incarnation is None for beat in channel.heard)
        assert channel.beats.counters["malformed"] == 0


async def test_a_beat_of_ours_arrives_with_all_that_it_says() -> None:
    chosen = with_topic(shared())
    ours = Beat(kind="Thing", shard=4, received=0.0, incarnation=7, generation=3, pending=frozenset(),
                load={"held": 2})  # fmt: skip
    async with listening(chosen) as channel:
        with producing(shared()) as producer:
            producer.send(chosen.topic, encode_topic(ours, at=time.time()))
            await channel.hears(4)
    heard = channel.heard[0]
    assert (heard.incarnation, heard.generation, heard.pending, heard.load) == (
        7,
        3,
        frozenset(),
        {"held": 2},
    )


async def test_a_beat_counts_from_when_it_was_written_also_when_it_is_read_later() -> None:
    chosen = with_topic(shared())
    with producing(shared()) as producer:
        producer.send(chosen.topic, said(1)).get(10)
        written = SystemClock().monotonic()
        await asyncio.sleep(2.0)
        async with listening(chosen) as channel:
            await channel.hears(1)
    assert abs(channel.heard[0].received - written) < 1.0


async def test_beats_from_before_the_window_are_not_read() -> None:
    chosen = with_topic(shared(), partitions=1, window_s=2.0)
    with producing(shared()) as producer:
        producer.send(chosen.topic, said(1)).get(10)
        await asyncio.sleep(3.0)
        producer.send(chosen.topic, said(2)).get(10)
        async with listening(chosen) as channel:
            await channel.hears(2)
            await channel.proves_itself()
    assert channel.shards == {2}


async def test_what_is_no_beat_is_counted_and_blocks_nothing() -> None:
    chosen = with_topic(shared(), partitions=1)
    bad = [
        b"not JSON",
        b"",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        said(1, padding="x" * 400_000),
        json.dumps({"resource": "Thing", "instanceId": "minus one"}).encode(),
        said(1, Timestamp="yesterday"),
        said(1, incarnation="seven"),
    ]
    async with listening(chosen) as channel:
        await channel.proves_itself()
        with producing(shared()) as producer:
            for value in bad:
                producer.send(chosen.topic, value)
            producer.send(chosen.topic, None, key=b"a tombstone")
            producer.send(chosen.topic, b"no JSON either", key=b"_shardwright.canary")
            producer.send(chosen.topic, said(2))
            await channel.hears(2)
        await channel.proves_itself()
        assert channel.beats.counters["malformed"] == len(bad) + 1
        assert len(channel.beats.last_malformed) == 5
        assert all(text.startswith("partition 0, offset ") for text in channel.beats.last_malformed)
    assert channel.shards == {2}


async def test_a_stamp_of_the_producer_shifts_a_beat_no_further_than_the_last_canary() -> None:
    chosen = with_producers_time(shared())
    async with listening(chosen) as channel:
        await channel.proves_itself()
        now = time.time()
        with producing(shared()) as producer:
            for shard, skew in enumerate((-3000.0, 3000.0, -3.0)):
                producer.send(chosen.topic, said(shard), timestamp_ms=int(1000 * (now + skew)))
            producer.flush()
            sent = channel.clock.monotonic()
            await channel.hears(0, 1, 2)
    assert all(-5.0 < beat.received - sent <= 1.0 for beat in channel.heard)
    assert channel.beats.counters["ahead"] == 1


async def test_stamps_that_cannot_be_placed_are_not_taken_for_beats_of_now() -> None:
    chosen = with_producers_time(shared())
    now = time.time()
    with producing(shared()) as producer:
        producer.send(chosen.topic, said(1), timestamp_ms=int(1000 * (now + 3000))).get(10)
        producer.send(chosen.topic, said(2), timestamp_ms=int(1000 * (now - 3000))).get(10)
        producer.send(chosen.topic, said(3)).get(10)
    async with listening(chosen) as channel:
        await channel.hears(3)
    assert channel.shards == {3}
    assert channel.beats.counters["stale"] == 2


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_topic_that_is_compressed_is_read(codec: str) -> None:
    # One record that cannot be unpacked would block its partition for ever.
    chosen = with_producers_time(shared(), **{"compression.type": codec})
    async with listening(chosen) as channel:
        await channel.proves_itself()


async def test_every_replica_hears_every_partition_and_takes_no_other_s_canary_for_its_own() -> None:
    chosen = with_topic(shared())
    async with listening(chosen) as one, listening(chosen) as other:
        await one.proves_itself()
        await other.proves_itself()
        with producing(shared()) as producer:
            for shard in range(6):
                producer.send(chosen.topic, said(shard), partition=shard % 3)
            await one.hears(*range(6))
            await other.hears(*range(6))
        assert one.beats.counters["malformed"] == other.beats.counters["malformed"] == 0


async def test_a_partition_that_is_added_later_is_followed_and_has_to_prove_itself() -> None:
    chosen = with_topic(shared(), partitions=1)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        admin = KafkaAdminClient(bootstrap_servers=shared())
        admin.create_partitions({chosen.topic: 3})
        admin.close()
        with producing(shared()) as producer:
            await until(lambda: len(producer.partitions_for(chosen.topic)) == 3, PATIENCE_S, "three of them")
            producer.send(chosen.topic, said(7), partition=2)
            await channel.hears(7)
        await channel.proves_itself()


async def test_the_proof_waits_for_whoever_reads_the_beats() -> None:
    chosen = with_topic(shared(), partitions=1)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        channel.beats._pool.put(Beat(kind="Thing", shard=1, received=1.0))
        before = channel.beats.proven()
        channel.beats._told = 2.0**40
        assert channel.beats.proven() == before


async def test_closing_leaves_no_thread_behind() -> None:
    chosen = with_topic(shared(), partitions=1)
    async with listening(chosen) as channel:
        await channel.proves_itself()
        assert any(thread.name == "kafka-heartbeats" for thread in threading.enumerate())
    await until(lambda: not names("kafka"), 10, f"no thread: {names('kafka')}")


def names(prefix: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(prefix)]
