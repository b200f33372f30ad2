"""Mosquitto in a container."""

from __future__ import annotations

from tests.services.container import Container


class MosquittoContainer(Container):
    """One broker that admits anybody, for tests that only need its ``address``."""

    def __init__(self) -> None:
        command = "mosquitto -c /mosquitto-no-auth.conf"
        super().__init__("eclipse-mosquitto:2", 1883, says="running", command=command)
