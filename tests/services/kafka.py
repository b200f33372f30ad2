"""Kafka for tests: an address from the environment, a native program, or a container."""

from __future__ import annotations

import atexit
import os
import secrets
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.services.kafka_container import KafkaContainer
from tests.services.kafka_install import absent
from tests.services.kafka_server import Account, KafkaServer
from tests.services.require import missing
from tests.services.zookeeper_container import absent as no_container

__all__ = ["ADDRESS", "Account", "KafkaServer", "new_name", "own", "shared"]

ADDRESS = "SHARDWRIGHT_TEST_KAFKA"
"""``host:port`` of a broker where tests may make topics of their own."""


def shared() -> str:
    """The address of a broker for all tests of this process; skips the test where there is none."""
    if given := os.environ.get(ADDRESS):
        return given
    if absent() is not None and (reason := no_container()) is not None:
        missing("Kafka", f"no address in {ADDRESS}; {absent()}; {reason}")
    return _started()


def own(folder: Path, **options: Any) -> KafkaServer:
    """A node for one test, not started yet; skips the test where none can be paused and killed."""
    reason = absent()
    if reason is not None:
        missing("a Kafka to pause and kill", reason)
    return KafkaServer(folder, **options)


def new_name() -> str:
    """A topic of the test's own."""
    return f"HeartBeat-{secrets.token_hex(6)}"


@cache
def _started() -> str:
    folder = tempfile.TemporaryDirectory(prefix="kafka-")
    server = KafkaServer(Path(folder.name)) if absent() is None else KafkaContainer()
    server.start()
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server.bootstrap
