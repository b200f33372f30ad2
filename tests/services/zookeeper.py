"""ZooKeeper for tests: an address from the environment, a native program, or a container."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.services.source import Source
from tests.services.zookeeper_container import ZookeeperContainer
from tests.services.zookeeper_server import ZookeeperEnsemble, ZookeeperServer, absent

ADDRESS = "SHARDWRIGHT_TEST_ZOOKEEPER"
"""``host:port`` of servers that tests may write to, each below a root of its own."""

SOURCE = Source("ZooKeeper", ADDRESS, absent=absent, program=ZookeeperServer, container=ZookeeperContainer)


def shared() -> str:
    """The address of a server for all tests of this process; skips the test where there is none."""
    return SOURCE.shared()


def require_program() -> None:
    """Skip the test where no server can be had that may be paused, killed and wiped."""
    SOURCE.require_program("pause, kill and wipe")


def own(folder: Path, *, properties: Mapping[str, str] | None = None, **settings: str) -> ZookeeperServer:
    """A server for one test, not started yet; ``settings`` add to zoo.cfg, ``properties`` to Java's."""
    require_program()
    return ZookeeperServer(folder, settings=settings, properties=properties)


def ensemble(folder: Path) -> ZookeeperEnsemble:
    """Three servers for one test, not started yet."""
    require_program()
    return ZookeeperEnsemble(folder)
