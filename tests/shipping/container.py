"""The server in a container, and what a client sees of a server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from shardwright_client import Client, Unavailable
from tests.services.certificates import Authority
from tests.services.docker import DockerEngine
from tests.services.product_images import SERVER
from tests.services.waiting import free_ports, wait_for

PASSWORD = "correct-horse-battery-staple"
NARROW = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")
DATA = "--tmpfs=/var/lib/shardwright:uid=10001,gid=10001,mode=0700"


def signed_in(url: str, password: str, ca: Path | None = None) -> Client:
    """Of the user admin; waits until the server is ready and its database answers."""
    made: list[str] = []

    def is_in() -> bool:
        client = Client(url, ca=ca)
        try:
            if client.get("readyz")["ready"]:
                made.append(client.sign_in("admin", password, token_name="tests", expires_in=3_600)["token"])
        except Unavailable:
            return False
        return bool(made)

    wait_for(is_in, 180, f"{url} is ready, and lets admin in", every=0.3)
    return Client(url, ca=ca, token=made[0])


def owned(client: Client, kind: str) -> int:
    """How many are, where it is known how many there are; else 0."""
    try:
        counts = client.kind(kind)["counts"]
    except Unavailable:
        return 0
    return counts["owned"] if counts["owned"] == counts["catalog"] else 0


def is_leader(client: Client) -> bool:
    """Asked of this very server: the others would pass most questions on."""
    return bool(client.get("readyz", verbose="")["standing"]["leads"])


class Container:
    """The server on a read-only root, with the demo, TLS and accounts; ``port`` is on the loopback."""

    def __init__(self, engine: DockerEngine, folder: Path) -> None:
        self._engine = engine
        authority = Authority(folder)
        both = authority.vouch("server", "IP:127.0.0.1")
        for path in (both, authority.ca):
            # Whom the server runs as is nobody of this machine.
            path.chmod(0o644)
        folder.chmod(0o755)
        [self.port] = free_ports(1)
        self.ca = authority.ca
        settings = {
            "SHARDWRIGHT_API__TLS__CERTIFICATE": "/tls/server.pem",
            "SHARDWRIGHT_API__TLS__KEY": "/tls/server.pem",
            "SHARDWRIGHT_ACCESS__ADMIN_PASSWORD": PASSWORD,
            "SSL_CERT_FILE": "/tls/ca.pem",
        }
        self.id = engine.run(
            "run",
            "--detach",
            *NARROW,
            # As a Kubernetes volume or a tmpfs would be; the image itself is written to by nobody.
            DATA,
            f"--publish=127.0.0.1:{self.port}:8080",
            f"--volume={folder}:/tls:ro",
            "--health-interval=1s",
            *(f"--env={key}={value}" for key, value in settings.items()),
            SERVER,
        ).strip()
        self._client: Client | None = None

    def client(self) -> Client:
        if self._client is None:
            self._client = signed_in(f"https://127.0.0.1:{self.port}", PASSWORD, self.ca)
        return self._client

    def is_settled(self) -> bool:
        """Whether every Thing of the demo is owned."""
        assert self.told("State.Running"), self.said()
        return owned(self.client(), "Thing") == 2_000

    def told(self, of: str) -> Any:
        return json.loads(self._engine.run("inspect", "--format", f"{{{{json .{of}}}}}", self.id))

    def said(self) -> str:
        argv = ["docker", "--host", self._engine.address, "logs", "--tail=40", self.id]
        return subprocess.run(argv, stdout=-1, stderr=subprocess.STDOUT, text=True, check=False).stdout
