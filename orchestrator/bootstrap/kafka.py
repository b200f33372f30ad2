"""What the configuration says of Kafka, as the channel of the beats takes it."""

from __future__ import annotations

from heartbeat.kafka_options import KafkaOptions
from orchestrator.settings.kafka import Kafka


def options_of(settings: Kafka) -> KafkaOptions:
    """Raises ConfigError when the file of a secret cannot be read, Permanent for what cannot be meant."""
    files = dict(settings.tls.files) if settings.tls is not None else {}
    return KafkaOptions(
        bootstrap=settings.bootstrap,
        topic=settings.topic,
        security_protocol=settings.security,
        sasl_mechanism=settings.mechanism,
        username=settings.username,
        password=settings.given_password(),
        ca=files.get("ca"),
        certificate=files.get("certificate"),
        key=files.get("key"),
        key_password=settings.tls.given_key_password("kafka.tls") if settings.tls is not None else None,
        check_hostname=settings.tls.check_hostname if settings.tls is not None else True,
        window_s=settings.window,
        canary_interval_s=settings.canary_interval,
    )
