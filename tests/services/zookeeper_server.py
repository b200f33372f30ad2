"""ZooKeeper as a native program: one server, or the members of an ensemble."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.services.java import SMALL, command, lacking
from tests.services.program import Program
from tests.services.server import Server
from tests.services.waiting import free_ports

JARS = ("zookeeper.jar", "slf4j-simple.jar", "netty-codec.jar")
MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
HEAP = "-Xmx192m"
TICK_MS = 500
"""Sessions may be as short as two ticks, so that tests need not wait long for their end."""


def absent() -> str | None:
    """Why no server can be started here; None when one can."""
    reason = lacking(JARS)
    return None if reason is None else f"{reason} (Debian: apt-get install zookeeper)"


class ZookeeperServer(Server):
    """One server with its data in ``folder``. ``start`` returns when it serves."""

    def __init__(
        self,
        folder: Path,
        *,
        members: Mapping[int, str] | None = None,
        number: int = 0,
        settings: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """``members``: number and address line of each in the ensemble. ``settings`` add to zoo.cfg."""
        self._port = free_ports(1)[0]
        self._data = folder / "data"
        self._number = number
        self._members = members or {}
        self._settings = settings or {}
        self._config = folder / "zoo.cfg"
        folder.mkdir(parents=True, exist_ok=True)
        options = [*SMALL, HEAP, *(f"-D{name}={value}" for name, value in (properties or {}).items())]
        self._program = Program(command(MAIN, JARS, options, str(self._config)), folder)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    def start(self, *, wait: bool = True) -> None:
        self._write()
        self._program.start()
        if wait:
            self.wait_ready()

    def wait_ready(self, within: float = 15) -> float:
        """Wait until it serves; a member does once a majority is there. Returns the seconds it took."""
        return self._program.wait_ready(self.mode, within, "ZooKeeper serves", every=0.02)

    def restart(self, *, wipe: bool = False, wait: bool = True) -> None:
        """Kill it and start it again on the same port, with its data or without."""
        self.kill()
        if wipe:
            shutil.rmtree(self._data)
        self.start(wait=wait)

    def stop(self) -> None:
        self._program.stop(within=0.5)

    def mode(self) -> str:
        """``standalone``, ``leader`` or ``follower``; empty while it does not serve."""
        for line in self._ask(b"srvr").splitlines():
            if line.startswith("Mode: "):
                return line.removeprefix("Mode: ")
        return ""

    def _ask(self, words: bytes) -> str:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(words)
                parts = []
                while part := connection.recv(4096):
                    parts.append(part)
        except OSError:
            return ""
        return b"".join(parts).decode(errors="replace")

    def _write(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        settings = {
            "dataDir": str(self._data),
            "clientPort": str(self._port),
            "clientPortAddress": "127.0.0.1",
            "tickTime": str(TICK_MS),
            "initLimit": "20",
            "syncLimit": "10",
            "maxClientCnxns": "0",
            "forceSync": "yes",
            "4lw.commands.whitelist": "srvr,mntr",
            "admin.enableServer": "false",
            **{f"server.{number}": address for number, address in self._members.items()},
            **self._settings,
        }
        self._config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        if self._members:
            (self._data / "myid").write_text(f"{self._number}\n")


class ZookeeperEnsemble:
    """Three servers that serve while two of them live."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(6)
        members = {n: f"127.0.0.1:{ports[2 * n - 2]}:{ports[2 * n - 1]}" for n in (1, 2, 3)}
        self.servers = [ZookeeperServer(folder / str(n), members=members, number=n) for n in members]

    @property
    def address(self) -> str:
        return ",".join(server.address for server in self.servers)

    def start(self) -> None:
        for server in self.servers:
            server.start(wait=False)
        for server in self.servers:
            server.wait_ready()

    def leader(self) -> ZookeeperServer:
        return next(server for server in self.servers if server.mode() == "leader")

    def follower(self) -> ZookeeperServer:
        return next(server for server in self.servers if server.mode() == "follower")

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
