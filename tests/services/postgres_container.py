"""PostgreSQL in a container, where a Docker engine answers and has or gets the image."""

from __future__ import annotations

from typing import Any

IMAGE = "postgres:16"
PORT = 5432


class PostgresContainer:
    """One server, for tests that only need its ``url``."""

    def __init__(self) -> None:
        self.url = ""
        self._container: Any = None

    def start(self) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        self._container = DockerContainer(IMAGE).with_exposed_ports(PORT)
        self._container.with_env("POSTGRES_USER", "shardwright").with_env("POSTGRES_PASSWORD", "s3cret")
        self._container.with_env("POSTGRES_DB", "postgres")
        # The image starts it twice: the first time to make the account.
        self._container.waiting_for(LogMessageWaitStrategy("PostgreSQL init process complete"))
        self._container.start()
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(PORT)
        self.url = f"postgresql+psycopg://shardwright:s3cret@{host}:{port}/postgres"

    def stop(self) -> None:
        self._container.stop()
