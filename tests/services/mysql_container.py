"""MySQL in a container, where a Docker engine answers and has or gets the image."""

from __future__ import annotations

from typing import Any

IMAGE = "mysql:8.4"
PORT = 3306


class MysqlContainer:
    """One server, for tests that only need its ``url``."""

    def __init__(self) -> None:
        self.url = ""
        self._container: Any = None

    def start(self) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        self._container = DockerContainer(IMAGE).with_exposed_ports(PORT)
        self._container.with_env("MYSQL_ROOT_PASSWORD", "s3cret")
        # The image starts it twice: the first time without a port, to make the account.
        self._container.waiting_for(LogMessageWaitStrategy(r"ready for connections.*port: 3306"))
        self._container.start()
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(PORT)
        self.url = f"mysql+pymysql://root:s3cret@{host}:{port}/mysql"

    def stop(self) -> None:
        self._container.stop()
