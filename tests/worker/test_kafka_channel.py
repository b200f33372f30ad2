"""Where a worker beats is read from its environment; what is wrong there is one line for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from shardwright_worker.kafka_channel import Channel, InvalidChannel

BOOTSTRAP = {"SHARDWRIGHT_KAFKA_BOOTSTRAP": "kafka-1:9092, [::1]:9093"}


def test_without_brokers_there_is_no_kafka() -> None:
    assert Channel.from_environment({}) is None
    assert (
        Channel.from_environment({"SHARDWRIGHT_KAFKA_BOOTSTRAP": " ", "SHARDWRIGHT_KAFKA_TOPIC": "x"}) is None
    )


def test_what_is_not_said_is_as_usual() -> None:
    channel = Channel.from_environment(BOOTSTRAP)
    assert channel is not None
    assert channel.bootstrap == ("kafka-1:9092", "[::1]:9093")
    assert (channel.topic, channel.interval, channel.security) == ("HeartBeat", 5.0, "plaintext")


def test_a_password_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n")
    channel = Channel.from_environment({**BOOTSTRAP, "SHARDWRIGHT_KAFKA_PASSWORD_FILE": str(secret)})
    assert channel is not None
    assert channel.password == "open-sesame"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOOTSTRAP", "kafka-1", "host:port"),
        ("BOOTSTRAP", "http://kafka-1:9092", "host:port"),
        ("SECURITY", "tls", "plaintext, ssl, sasl_plaintext, sasl_ssl"),
        ("INTERVAL", "soon", "positive number of seconds"),
        ("INTERVAL", "-1", "positive number of seconds"),
        ("INTERVAL", "nan", "positive number of seconds"),
        ("PASSWORD_FILE", "/nowhere", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(InvalidChannel, match=said):
        Channel.from_environment({**BOOTSTRAP, f"SHARDWRIGHT_KAFKA_{name}": value})
