"""Mosquitto as a native program: one account, a free port, optional TLS and access rules."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from notify.endpoint import Endpoint, Tls
from tests.services.program import Program
from tests.services.server import Server
from tests.services.waiting import accepts, free_ports

USERNAME, PASSWORD = "shardwright", "s3cret"
PROGRAM = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def absent() -> str | None:
    """Why no broker can be started here; None when one can."""
    if PROGRAM is not None and shutil.which("mosquitto_passwd") is not None:
        return None
    return "there is no mosquitto (Debian: apt-get install mosquitto)"


class Mosquitto(Server):
    """One broker with one account. ``start`` returns when it listens; after ``restart`` it has forgotten all,
    unless ``persistence`` is among its settings.

    ``acl``: lines of its ACL file; without any the account may do everything. ``certificates``: an
    authority and a file with the broker's certificate and key; then ``tls_port`` takes clients that show
    a certificate of that authority. ``settings`` add to its configuration, such as ``max_queued_messages``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        acl: Sequence[str] = (),
        certificates: tuple[Path, Path] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = "127.0.0.1"
        self.port, self.tls_port = free_ports(2)
        self.username, self.password = USERNAME, PASSWORD
        self._folder = folder
        self._acl = acl
        self._certificates = certificates
        self._settings = settings or {}
        self._program = Program([PROGRAM or "mosquitto", "-c", str(folder / "mosquitto.conf")], folder)

    @property
    def address(self) -> str:
        return f"{self.username}:{self.password}@{self.host}:{self.port}"

    def endpoint(self, tls: Tls | None = None) -> Endpoint:
        port = self.port if tls is None else self.tls_port
        return Endpoint(host=self.host, port=port, username=self.username, password=self.password, tls=tls)

    def start(self, within: float = 15) -> None:
        """Raises RuntimeError with its last words when it does not listen in time."""
        if (reason := absent()) is not None:
            raise RuntimeError(reason)
        self._write()
        self._program.start()
        self._program.wait_ready(lambda: accepts(self.port), within, "Mosquitto listens", every=0.02)

    def stop(self) -> None:
        self._program.stop(within=2)

    def _write(self) -> None:
        passwords, acl = self._folder / "passwords", self._folder / "acl"
        passwords.touch(mode=0o600)
        entered = subprocess.run(
            ["mosquitto_passwd", "-b", "-c", str(passwords), self.username, self.password],
            capture_output=True,
            text=True,
            check=False,
        )
        if entered.returncode:
            raise RuntimeError(f"mosquitto_passwd failed: {entered.stderr}")
        lines = [
            f"password_file {passwords}",
            "allow_anonymous false",
            f"persistence_location {self._folder}/",
        ]
        if os.geteuid() == 0:
            # Otherwise it becomes another user, who cannot read the files of a private folder.
            lines.append("user root")
        if self._acl:
            acl.write_text("".join(f"{line}\n" for line in self._acl))
            acl.chmod(0o600)
            lines.append(f"acl_file {acl}")
        # Here options of a listener (max_qos) count for it, and all others as anywhere else.
        lines.append(f"listener {self.port} {self.host}")
        lines += [f"{name} {value}" for name, value in self._settings.items()]
        if self._certificates is not None:
            authority, identity = self._certificates
            lines += [f"listener {self.tls_port} {self.host}", "require_certificate true"]
            lines += [f"cafile {authority}", f"certfile {identity}", f"keyfile {identity}"]
        (self._folder / "mosquitto.conf").write_text("".join(f"{line}\n" for line in lines))
