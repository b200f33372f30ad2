"""Beats on Kafka as well, for a kind over whose instances that channel decides. Needs the extra ``kafka``.

They acknowledge nothing: only the exchange does.
"""

import json
import logging
import random
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from .backoff import Backoff
from .identity import Identity
from .kafka_channel import Channel, InvalidChannel
from .protocol import Beat

_log = logging.getLogger("shardwright_worker")

_FIRST_RETRY, _LONGEST_RETRY = 0.5, 15.0
_BOOTSTRAP_MS = 5_000
_REQUEST_MS = 5_000
_LOOK_AGAIN_MS = 100.0
_CLOSE_S = 1.0


class KafkaBeats(threading.Thread):
    """Sends ``snapshot()`` every interval until ``stop``; what cannot be sent is not sent later."""

    def __init__(self, channel: Channel, identity: Identity, snapshot: Callable[[], Beat]) -> None:
        """Raises InvalidChannel where kafka-python is not installed or a certificate cannot be used."""
        super().__init__(name="shardwright-kafka", daemon=True)
        self._channel = channel
        self._identity = identity
        self._snapshot = snapshot
        self._stopped = threading.Event()
        self._link = _link(channel)
        try:
            import kafka  # noqa: F401
        except ImportError as wrong:
            raise InvalidChannel(
                "SHARDWRIGHT_KAFKA_BOOTSTRAP is set, which needs kafka-python: "
                "pip install 'shardwright-worker[kafka]'"
            ) from wrong

    def stop(self) -> None:
        """End the beats; from any thread."""
        self._stopped.set()

    def run(self) -> None:
        """Beat until stopped. A failure of any kind is a wait, never the end."""
        backoff = Backoff(_FIRST_RETRY, _LONGEST_RETRY)
        while not self._stopped.is_set():
            nets: list[Any] = []
            try:
                self._beat(nets, backoff)
            except Exception as failed:  # noqa: BLE001
                wait = backoff.next()
                if backoff.failures & (backoff.failures - 1) == 0:
                    _log.warning("no beat on Kafka (%s), attempt %d", failed, backoff.failures)
                self._stopped.wait(wait)
            finally:
                # A constructor that fails leaves its thread running.
                for net in nets:
                    net.close()

    def encode(self, beat: Beat, at: float) -> bytes:
        """The message of the topic; ``at``: wall-clock seconds, as text like the seed's."""
        return json.dumps(
            {
                "resource": self._identity.kind,
                "instanceId": str(self._identity.shard),
                "Timestamp": str(int(at)),
                **json.loads(beat.encode()),
            }
        ).encode()

    def _beat(self, nets: list[Any], backoff: Backoff) -> None:
        from kafka import KafkaProducer
        from kafka.net.compat import KafkaNetClient

        class PatientClient(KafkaNetClient):  # type: ignore[misc]
            # The producer asks for milliseconds, gets seconds or nothing, and takes a whole core while a
            # broker is frozen.
            def connection_delay(self, node_id: Any) -> float:
                seconds: float = super().connection_delay(node_id)
                return max(_LOOK_AGAIN_MS, 1000 * seconds)

        def net(**configs: Any) -> Any:
            nets.append(PatientClient(**configs))
            return nets[-1]

        producer = KafkaProducer(**self._link, kafka_client=net)
        try:
            backoff.reset()
            # One shard, one partition: its beats stay in their order.
            key = f"{self._identity.kind}/{self._identity.shard}".encode()
            # Not all workers of a kind at the same moment.
            self._stopped.wait(random.uniform(0.0, self._channel.interval / 10))
            while not self._stopped.is_set():
                producer.send(self._channel.topic, self.encode(self._snapshot(), time.time()), key=key)
                self._stopped.wait(self._channel.interval)
        finally:
            producer.close(timeout=_CLOSE_S)


def _link(channel: Channel) -> dict[str, Any]:
    said: dict[str, Any] = {
        "bootstrap_servers": list(channel.bootstrap),
        "security_protocol": channel.security.upper(),
        "bootstrap_timeout_ms": _BOOTSTRAP_MS,
        "request_timeout_ms": _REQUEST_MS,
        "delivery_timeout_ms": 2 * _REQUEST_MS,
        "max_block_ms": 1_000,
        "reconnect_backoff_max_ms": 2_000,
        "metadata_max_age_ms": 30_000,
        "allow_auto_create_topics": False,
        "enable_idempotence": False,
        "metrics_enabled": False,
    }
    if channel.security.startswith("sasl"):
        said |= {"sasl_mechanism": channel.mechanism, "sasl_plain_username": channel.username}
        said |= {"sasl_plain_password": channel.password}
    if channel.security.endswith("ssl"):
        try:
            context = ssl.create_default_context(cafile=channel.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if channel.certificate is not None:
                context.load_cert_chain(channel.certificate, channel.key)
        except OSError as wrong:
            raise InvalidChannel(
                f"the certificates of SHARDWRIGHT_KAFKA_* cannot be used: {wrong}"
            ) from wrong
        said["ssl_context"] = context
    return said
