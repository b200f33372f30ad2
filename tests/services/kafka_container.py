"""Kafka in a container, where a Docker engine answers and has or gets the image."""

from __future__ import annotations

from typing import Any

IMAGE = "apache/kafka:4.1.1"


class KafkaContainer:
    """One broker that admits anybody, for tests that only need its ``bootstrap``."""

    def __init__(self) -> None:
        self.bootstrap = ""
        self._container: Any = None

    def start(self) -> None:
        from testcontainers.kafka import KafkaContainer as Container

        self._container = Container(IMAGE).with_kraft()
        self._container.start()
        self.bootstrap = self._container.get_bootstrap_server()

    def stop(self) -> None:
        if self._container is not None:
            self._container.stop()
