"""The thread that owns Kafka's clients: it reads every partition and writes the canaries.

The clients are not safe to share, and block even while they are built; so all of them live and die here.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
from collections.abc import Callable
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError

from heartbeat import kafka_canaries as canary
from heartbeat.kafka_canaries import Canaries
from heartbeat.kafka_clients import clients
from heartbeat.kafka_complaints import Complaints, plain
from heartbeat.kafka_intake import Intake
from heartbeat.kafka_options import KafkaOptions
from heartbeat.kafka_placing import Now
from orchestrator.errors import Permanent, Unavailable
from orchestrator.ports import Beat, Clock

_log = logging.getLogger(__name__)

POLL_S = 0.25
LOOKUP_MS = 2_000
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0

Deliver = Callable[[list[Beat], float | None], None]
"""Hands over what was read, and the moment up to which the channel has proven itself with it."""


class Reader(threading.Thread):
    """``fault``: why the channel is not proven, a sentence; empty when it is."""

    def __init__(self, options: KafkaOptions, clock: Clock, deliver: Deliver) -> None:
        super().__init__(name="kafka-heartbeats", daemon=True)
        self.fault = "not proven yet"
        self.canaries = Canaries()
        self.intake = Intake(self.canaries, options.window_s)
        self.rebuilds = 0
        self.closing = threading.Event()
        self._options = options
        self._clock = clock
        self._deliver = deliver
        self._client_id = f"shardwright-{secrets.token_hex(4)}"
        # Across clients: what was read once must not be read again, with another time.
        self._next: dict[int, int] = {}
        self._partitions: set[int] = set()
        self._unwritten: list[Any] = []

    def run(self) -> None:
        """Read until closed; a failure of any kind is a wait, never the end."""
        complaints = Complaints(self._client_id)
        failures = 0
        try:
            while not self.closing.is_set():
                before = self.canaries.proven
                try:
                    with clients(self._options, self._client_id, complaints) as (consumer, producer):
                        self._follow(consumer, producer, complaints)
                except (Unavailable, Permanent) as exc:
                    self._fail(str(exc))
                except KafkaError as exc:
                    self._fail(f"Kafka at {self._options.place}: {plain(exc)}")
                except Exception as exc:  # noqa: BLE001
                    _log.exception("the heartbeats of Kafka failed in an unforeseen way")
                    self._fail(f"{type(exc).__name__}: {exc}")
                failures = 1 if self.canaries.proven != before else failures + 1
                self.rebuilds += 1
                self.closing.wait(random.uniform(0.5, 1.0) * self._wait(failures))
        finally:
            complaints.close()

    def _wait(self, failures: int) -> float:
        return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - 1, 10))

    def _fail(self, why: str) -> None:
        if why != self.fault and not self.closing.is_set():
            _log.warning("%s", why)
        self.fault = why

    def _follow(self, consumer: Any, producer: Any, complaints: Complaints) -> None:
        """Raises Unavailable when the channel has not proven itself for too long."""
        began = round_at = self._clock.monotonic()
        self._partitions = set()
        while not self.closing.is_set():
            now = self._clock.monotonic()
            if now >= round_at:
                round_at = now + self._options.canary_interval_s
                self._keep_up(consumer)
                self._send_canaries(producer)
            left = max(0.0, min(POLL_S, round_at - self._clock.monotonic()))
            if self._partitions:
                self._take(consumer.poll(timeout_ms=int(1000 * left)))
            else:
                self.closing.wait(left)
            self._judge(began, complaints)

    def _keep_up(self, consumer: Any) -> None:
        """Read what partitions there are, those that came to be since as well."""
        topic = self._options.topic
        found = consumer.partitions_for_topic(topic) or set()
        if new := found - self._partitions:
            self._partitions |= new
            consumer.assign([TopicPartition(topic, one) for one in sorted(self._partitions)])
            for one in new:
                consumer.pause(TopicPartition(topic, one))
        for one in consumer.paused():
            self._begin(consumer, one)
        if self._partitions and not found:
            consumer.unsubscribe()
            self._partitions = set()
            for one in self._next:
                self.canaries.forget(one)
            self._next.clear()

    def _begin(self, consumer: Any, one: Any) -> None:
        """Set a partition to where reading it begins; one that cannot be asked stays for the next round."""
        if one.partition not in self._next:
            back = int(1000 * (self._clock.wall() - self._options.window_s))
            try:
                # In this order: what is written between the two questions is read.
                end = consumer.end_offsets([one], timeout_ms=LOOKUP_MS)[one]
                first = consumer.offsets_for_times({one: max(0, back)}, timeout_ms=LOOKUP_MS)[one]
            except KafkaError as exc:
                _log.info("partition %d cannot be read yet: %s", one.partition, plain(exc))
                return
            self._next[one.partition] = end if first is None else first.offset
        consumer.seek(one, self._next[one.partition])
        consumer.resume(one)

    def _send_canaries(self, producer: Any) -> None:
        wall = self._clock.wall()
        self._unwritten = []
        for partition in sorted(self._partitions):
            token = secrets.token_hex(12)
            self.canaries.sent(token, partition, self._clock.monotonic())
            value = canary.encode(token, at=wall)
            try:
                sent = producer.send(
                    self._options.topic,
                    value,
                    key=canary.KEY,
                    partition=partition,
                    timestamp_ms=int(1000 * wall),
                )
            # ValueError, AssertionError: its metadata do not know the partition yet.
            except (KafkaError, ValueError, AssertionError) as exc:
                self._unwritten.append(exc)
            else:
                sent.add_errback(self._unwritten.append)

    def _take(self, polled: Any) -> None:
        now = Now(self._clock.monotonic(), self._clock.wall())
        before = self.canaries.proven
        beats: list[Beat] = []
        for one, records in polled.items():
            if records[0].offset < self._next[one.partition]:
                # The log was cut or made anew.
                self.canaries.forget(one.partition)
            beats += self.intake.take(one.partition, records, self._partitions, now)
            self._next[one.partition] = records[-1].offset + 1
        if beats or self.canaries.proven != before:
            self._deliver(beats, self.canaries.proven)

    def _judge(self, began: float, complaints: Complaints) -> None:
        now, options = self._clock.monotonic(), self._options
        tolerance = 2 * options.canary_interval_s + 1
        proven = self.canaries.proven
        if proven is not None and now - proven <= tolerance:
            self.fault = ""
            return
        if now - began <= tolerance and self._partitions:
            return
        topic = f"the topic {options.topic} of Kafka at {options.place}"
        if not self._partitions:
            self._fail(f"{topic} does not exist; make it, with as many partitions as it is to keep")
        elif self._unwritten:
            self._fail(f"{topic} takes no record of ours: {plain(self._unwritten[0])}")
        else:
            silent = self.canaries.silent(self._partitions, since=now - tolerance)
            why = f": {complaints.last}" if complaints.last else ""
            self._fail(f"{topic} is silent on partition {', '.join(map(str, silent))}{why}")
        if now - max(began, proven or began) > options.rebuild_after_s:
            raise Unavailable(self.fault)
