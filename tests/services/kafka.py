"""Kafka for tests: an address from the environment, a native program, or a container."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from tests.services.kafka_container import KafkaContainer
from tests.services.kafka_install import absent
from tests.services.kafka_server import Account, KafkaServer
from tests.services.source import Source

__all__ = ["ADDRESS", "Account", "KafkaServer", "new_name", "own", "shared"]

ADDRESS = "SHARDWRIGHT_TEST_KAFKA"
"""``host:port`` of a broker where tests may make topics of their own."""

SOURCE = Source(
    "Kafka", ADDRESS, absent=absent, program=KafkaServer, container=KafkaContainer, address="bootstrap"
)


def shared() -> str:
    """The address of a broker for all tests of this process; skips the test where there is none."""
    return SOURCE.shared()


def own(folder: Path, **options: Any) -> KafkaServer:
    """A node for one test, not started yet; skips the test where none can be paused and killed."""
    SOURCE.require_program()
    return KafkaServer(folder, **options)


def new_name() -> str:
    """A topic of the test's own."""
    return f"HeartBeat-{secrets.token_hex(6)}"
