"""ZooKeeper in a container, where a Docker engine answers and has or gets the image."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any

IMAGE = "zookeeper:3.9"
PORT = 2181


@cache
def absent() -> str | None:
    """Why no container can be started here; None when one can, as far as is known beforehand."""
    if shutil.which("docker") is None:
        return "there is no docker"
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return "the Docker engine does not answer"
    return None if asked.returncode == 0 else "no Docker engine answers"


class ZookeeperContainer:
    """One server, for tests that only need its address."""

    def __init__(self) -> None:
        self.address = ""
        self._container: Any = None

    def start(self) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        self._container = DockerContainer(IMAGE).with_exposed_ports(PORT)
        self._container.waiting_for(LogMessageWaitStrategy("ZooKeeper audit is disabled"))
        self._container.start()
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(PORT)
        self.address = f"{host}:{port}"

    def stop(self) -> None:
        self._container.stop()
