"""A channel on a topic of the test's own, and somebody who writes to that topic."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer

from heartbeat.kafka import KafkaHeartbeats
from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_topic import create_topic
from orchestrator.clock import SystemClock
from orchestrator.ports import Beat
from tests.services.kafka import new_name
from tests.services.waiting import until

INTERVAL_S = 0.3
PATIENCE_S = 40.0


def options(bootstrap: str, **given: Any) -> KafkaOptions:
    """Of a new topic, which does not exist yet."""
    usual = {"topic": new_name(), "canary_interval_s": INTERVAL_S, "window_s": 60.0}
    return KafkaOptions(bootstrap=(bootstrap,), **{**usual, **given})


def with_topic(bootstrap: str, *, partitions: int = 3, **given: Any) -> KafkaOptions:
    """Of a new topic that exists."""
    chosen = options(bootstrap, **given)
    assert create_topic(chosen, partitions=partitions)
    return chosen


def with_producers_time(bootstrap: str, **configs: str) -> KafkaOptions:
    """Of a new topic of one partition with the broker's defaults: records bear their producer's time."""
    chosen = options(bootstrap)
    wanted = {chosen.topic: {"num_partitions": 1, "replication_factor": 1, "configs": configs}}
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics(wanted, wait_for_metadata=True)
    finally:
        admin.close()
    return chosen


def said(shard: int, **more: Any) -> bytes:
    """What a worker of the seed says."""
    return json.dumps(
        {"resource": "Thing", "instanceId": str(shard), "Timestamp": str(int(time.time())), **more}
    ).encode()


@contextmanager
def producing(bootstrap: str) -> Iterator[KafkaProducer]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        yield producer
    finally:
        producer.close(timeout=5)


class Channel:
    """``heard``: every beat that was delivered."""

    def __init__(self, chosen: KafkaOptions) -> None:
        self.beats = KafkaHeartbeats(chosen, SystemClock())
        self.clock = SystemClock()
        self.heard: list[Beat] = []

    @property
    def shards(self) -> set[int]:
        return {beat.shard for beat in self.heard}

    def age(self) -> float:
        """Of the proof, seconds."""
        proven = self.beats.proven()
        return float("inf") if proven is None else self.clock.monotonic() - proven

    async def proves_itself(self, within: float = PATIENCE_S) -> None:
        """Wait for a proof that begins after this call."""
        now = self.clock.monotonic()
        await until(lambda: (self.beats.proven() or 0) > now, within, f"a proof: {self.beats.fault}")
        await until(lambda: self.beats.fault == "", within, f"nothing to complain of: {self.beats.fault}")

    async def hears(self, *shards: int, within: float = PATIENCE_S) -> None:
        await until(lambda: self.shards >= set(shards), within, f"beats of {shards}: {self.beats.fault}")

    async def listen(self) -> None:
        async for batch in self.beats.batches():
            self.heard += batch


@asynccontextmanager
async def listening(chosen: KafkaOptions) -> AsyncIterator[Channel]:
    channel = Channel(chosen)
    channel.beats.start()
    task = asyncio.create_task(channel.listen())
    try:
        yield channel
    finally:
        await channel.beats.close()
        await task
