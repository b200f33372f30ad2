"""ZooKeeper for tests: an address from the environment, a native program, or a container."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.services.require import missing
from tests.services.zookeeper_container import ZookeeperContainer
from tests.services.zookeeper_container import absent as no_container
from tests.services.zookeeper_server import ZookeeperEnsemble, ZookeeperServer
from tests.services.zookeeper_server import absent as no_program

ADDRESS = "SHARDWRIGHT_TEST_ZOOKEEPER"
"""``host:port`` of servers that tests may write to, each below a root of its own."""


def shared() -> str:
    """The address of a server for all tests of this process; skips the test where there is none."""
    given = os.environ.get(ADDRESS)
    if given:
        return given
    if no_program() is not None and (reason := no_container()) is not None:
        missing("ZooKeeper", f"no address in {ADDRESS}; {no_program()}; {reason}")
    return _started()


@cache
def _started() -> str:
    folder = tempfile.TemporaryDirectory(prefix="zookeeper-")
    server = ZookeeperServer(Path(folder.name)) if no_program() is None else ZookeeperContainer()
    server.start()
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server.address


def require_program() -> None:
    """Skip the test where no server can be had that may be paused, killed and wiped."""
    reason = no_program()
    if reason is not None:
        missing("a ZooKeeper to pause, kill and wipe", reason)


def own(folder: Path, *, properties: Mapping[str, str] | None = None, **settings: str) -> ZookeeperServer:
    """A server for one test, not started yet; ``settings`` add to zoo.cfg, ``properties`` to Java's."""
    require_program()
    return ZookeeperServer(folder, settings=settings, properties=properties)


def ensemble(folder: Path) -> ZookeeperEnsemble:
    """Three servers for one test, not started yet."""
    require_program()
    return ZookeeperEnsemble(folder)
