"""Mosquitto for tests: an address given, a native program, or a container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from notify.endpoint import Endpoint
from tests.services.mosquitto_container import MosquittoContainer
from tests.services.mosquitto_server import Mosquitto, absent
from tests.services.source import Source

ADDRESS = "SHARDWRIGHT_TEST_MOSQUITTO"
"""``host:port`` of a broker that admits anybody, or ``user:password@host:port``."""

SOURCE = Source("Mosquitto", ADDRESS, absent=absent, program=Mosquitto, container=MosquittoContainer)


def shared() -> Endpoint:
    """A broker for all tests of this process; skips the test where there is none."""
    return _parsed(SOURCE.shared())


def own(
    folder: Path,
    *,
    acl: Sequence[str] = (),
    certificates: tuple[Path, Path] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Mosquitto:
    """A broker for one test, not started yet; skips the test where none can be paused and killed."""
    SOURCE.require_program()
    return Mosquitto(folder, acl=acl, certificates=certificates, settings=settings)


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Mosquitto]:
    """As ``own``, started, and ended afterwards."""
    broker = own(folder, **options)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _parsed(address: str) -> Endpoint:
    account, _, place = address.rpartition("@")
    host, _, port = place.rpartition(":")
    username, _, password = account.partition(":")
    return Endpoint(host=host, port=int(port), username=username or None, password=password or None)
