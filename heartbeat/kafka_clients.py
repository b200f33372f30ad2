"""Kafka's clients, built and thrown away without a trace. They belong to the thread that builds them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from heartbeat.kafka_complaints import Complaints, plain
from heartbeat.kafka_options import KafkaOptions
from orchestrator.errors import Unavailable

log = logging.getLogger(__name__)

BOOTSTRAP_MS = 5_000
REQUEST_MS = 5_000
CLOSE_S = 1.0
MOST_METADATA_S = 30.0

POLL_RECORDS = 2_000
LOOK_AGAIN_MS = 100.0


_closing = Retrying(
    # The producer's thread may be in its last poll, in which the network lets nobody else in.
    retry=retry_if_exception_type(RuntimeError),
    stop=stop_after_delay(CLOSE_S),
    wait=wait_fixed(0.05),
    reraise=True,
)


class PatientClient(KafkaNetClient):  # type: ignore[misc]
    """A network on which a producer waits for a broker that is not ready.

    By itself it asks for the delay in milliseconds, gets seconds or nothing, and takes a whole core while a
    broker is frozen.
    """

    def connection_delay(self, node_id: Any) -> float:
        """Milliseconds."""
        seconds: float = super().connection_delay(node_id)
        return max(LOOK_AGAIN_MS, 1000 * seconds)


class Net:
    """Keeps hold of a client's network, whose thread a failed constructor leaves running for ever."""

    def __init__(self) -> None:
        self._made: list[Any] = []

    def __call__(self, **configs: Any) -> Any:
        made = PatientClient(**configs)
        self._made.append(made)
        return made

    def close(self) -> None:
        """Takes up to ``CLOSE_S`` for each; what cannot be closed by then is told in the log."""
        for made in self._made:
            try:
                _closing(made.close)
            except RuntimeError as error:
                log.warning("a network of Kafka's client stays open: %s", error)


@contextmanager
def clients(options: KafkaOptions, client_id: str, complaints: Complaints) -> Iterator[tuple[Any, Any]]:
    """A consumer and a producer; takes up to twice ``BOOTSTRAP_MS`` when nobody answers.

    Raises Unavailable with the reason, and Permanent when a certificate cannot be used.
    """
    link = _shared(options, client_id)
    net = Net()
    consumer = producer = None
    try:
        try:
            consumer = KafkaConsumer(**link, **_reading(), kafka_client=net)
            producer = KafkaProducer(**link, **_writing(), kafka_client=net)
        except KafkaError as exc:
            why = complaints.last or plain(exc)
            raise Unavailable(f"Kafka at {options.place} cannot be used: {why}") from exc
        complaints.forget()
        yield consumer, producer
    finally:
        _close(consumer, producer)
        net.close()


def _shared(options: KafkaOptions, client_id: str) -> dict[str, Any]:
    return {
        **options.link(),
        "client_id": client_id,
        "allow_auto_create_topics": False,
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
        "request_timeout_ms": REQUEST_MS,
        "reconnect_backoff_max_ms": 2_000,
        # A new partition counts as unproven from the moment that it is seen.
        "metadata_max_age_ms": int(1000 * min(MOST_METADATA_S, options.canary_interval_s)),
        "metrics_enabled": False,
    }


def _reading() -> dict[str, Any]:
    # No group: each replica hears everything. No deserializer: one that raises blocks its partition for ever.
    return {
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "max_poll_records": POLL_RECORDS,
    }


def _writing() -> dict[str, Any]:
    # All replicas: a canary must not get through where a careful worker's beat does not.
    return {
        "acks": "all",
        "enable_idempotence": False,
        "max_block_ms": 1_000,
        "delivery_timeout_ms": 2 * REQUEST_MS,
    }


def _close(consumer: Any, producer: Any) -> None:
    if producer is not None:
        try:
            producer.close(timeout=CLOSE_S)
        except KafkaError:
            # It gave up waiting for what cannot be delivered, before it ended its thread.
            producer._sender.force_close()
    if consumer is not None:
        consumer.close(autocommit=False, timeout_ms=int(1000 * CLOSE_S))
