"""Mosquitto for tests: an address given, a native program, or a container."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from notify.endpoint import Endpoint
from tests.services.mosquitto_container import MosquittoContainer
from tests.services.mosquitto_server import Mosquitto, absent
from tests.services.require import missing
from tests.services.zookeeper_container import absent as no_container

ADDRESS = "SHARDWRIGHT_TEST_MOSQUITTO"
"""``host:port`` of a broker that admits anybody, or ``user:password@host:port``."""


def shared() -> Endpoint:
    """A broker for all tests of this process; skips the test where there is none."""
    if given := os.environ.get(ADDRESS):
        return _parsed(given)
    if absent() is not None and (reason := no_container()) is not None:
        missing("Mosquitto", f"no address in {ADDRESS}; {absent()}; {reason}")
    return _started()


def own(
    folder: Path,
    *,
    acl: Sequence[str] = (),
    certificates: tuple[Path, Path] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Mosquitto:
    """A broker for one test, not started yet; skips the test where none can be paused and killed."""
    reason = absent()
    if reason is not None:
        missing("a Mosquitto to pause and kill", reason)
    return Mosquitto(folder, acl=acl, certificates=certificates, settings=settings)


@cache
def _started() -> Endpoint:
    if absent() is not None:
        container = MosquittoContainer()
        container.start()
        atexit.register(container.stop)
        return _parsed(container.address)
    folder = tempfile.TemporaryDirectory(prefix="mosquitto-")
    broker = Mosquitto(Path(folder.name))
    broker.start()
    atexit.register(folder.cleanup)
    atexit.register(broker.stop)
    return broker.endpoint()


def _parsed(address: str) -> Endpoint:
    account, _, place = address.rpartition("@")
    host, _, port = place.rpartition(":")
    username, _, password = account.partition(":")
    return Endpoint(host=host, port=int(port), username=username or None, password=password or None)
