"""etcd as a native program: where the Kubernetes API keeps its objects."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.services.program import Program
from tests.services.server import Server
from tests.services.waiting import free_ports


def absent() -> str | None:
    """Why no etcd can be started here; None when one can."""
    return (
        None if shutil.which("etcd") else "there is no etcd on the PATH (Debian: apt-get install etcd-server)"
    )


class Etcd(Server):
    """One member with its data in ``folder``. ``start`` returns when it serves, or raises RuntimeError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        client, peer = (f"http://127.0.0.1:{port}" for port in free_ports(2))
        self.url = client
        self._program = Program(
            [
                "etcd",
                "--name=only",
                f"--data-dir={folder / 'data'}",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=only={peer}",
                "--log-level=warn",
            ],
            folder,
        )

    def start(self) -> None:
        self._program.start()
        self._program.wait_ready(self._serves, 15, "etcd serves", every=0.02)

    def stop(self) -> None:
        self._program.stop(within=2)

    def _serves(self) -> bool:
        try:
            with urlopen(f"{self.url}/health", timeout=1) as answer:
                return b'"true"' in answer.read()
        except (URLError, TimeoutError, ConnectionError):
            return False
