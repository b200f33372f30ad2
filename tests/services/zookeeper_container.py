"""ZooKeeper in a container."""

from __future__ import annotations

from tests.services.container import Container


class ZookeeperContainer(Container):
    """One server, for tests that only need its ``address``."""

    def __init__(self) -> None:
        super().__init__("zookeeper:3.9", 2181, says="ZooKeeper audit is disabled")
