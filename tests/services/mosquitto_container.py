"""Mosquitto in a container, where a Docker engine answers and has or gets the image."""

from __future__ import annotations

from typing import Any

IMAGE = "eclipse-mosquitto:2"
PORT = 1883


class MosquittoContainer:
    """One broker that admits anybody, for tests that only need its ``address``."""

    def __init__(self) -> None:
        self.address = ""
        self._container: Any = None

    def start(self) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        self._container = DockerContainer(IMAGE).with_exposed_ports(PORT)
        self._container.with_command("mosquitto -c /mosquitto-no-auth.conf")
        self._container.waiting_for(LogMessageWaitStrategy("running"))
        self._container.start()
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(PORT)
        self.address = f"{host}:{port}"

    def stop(self) -> None:
        self._container.stop()
