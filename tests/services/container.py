"""A service in a container, where a Docker engine answers and has or gets the image."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from typing import Any


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


class Container:
    """One server, for tests that only need its ``address`` (``host:port``, once it is started).

    ``says``: what it writes once it serves, as a regular expression.
    """

    def __init__(
        self,
        image: str,
        port: int,
        *,
        says: str,
        environment: Mapping[str, str] | None = None,
        command: str = "",
    ) -> None:
        self.address = ""
        self._image = image
        self._port = port
        self._says = says
        self._environment = environment or {}
        self._command = command
        self._container: Any = None

    def start(self) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        self._container = DockerContainer(self._image).with_exposed_ports(self._port)
        for name, value in self._environment.items():
            self._container.with_env(name, value)
        if self._command:
            self._container.with_command(self._command)
        self._container.waiting_for(LogMessageWaitStrategy(self._says))
        self._container.start()
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(self._port)
        self.address = f"{host}:{port}"

    def stop(self) -> None:
        if self._container is not None:
            self._container.stop()
