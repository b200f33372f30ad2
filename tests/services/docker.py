"""A Docker engine for tests: one that is given, or dockerd with nothing but what is imported into it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.services import kubernetes_cgroups, kubernetes_enclosure
from tests.services.kubernetes_cgroups import Cgroups
from tests.services.kubernetes_enclosure import Enclosure
from tests.services.program import Program
from tests.services.require import missing
from tests.services.waiting import wait_for

ADDRESS = "SHARDWRIGHT_TEST_DOCKER"
"""What ``DOCKER_HOST`` is for an engine in which tests may run containers."""

BRIDGE_ADDRESS = "10.243.{}.1/24"


def absent() -> str | None:
    """Why no engine can be started here; None when one can."""
    lacking = [name for name in ("dockerd", "docker", "containerd", "runc", "ip") if _program(name) is None]
    if lacking:
        return f"there is no {', '.join(lacking)} on the PATH (Debian: apt-get install docker.io iproute2)"
    return kubernetes_enclosure.absent() or kubernetes_cgroups.absent()


class DockerEngine:
    """dockerd with its data in ``folder``. ``start`` returns when it answers, or raises RuntimeError.

    Its containers reach one another and this machine, and their ports are published on the loopback. No rule
    of the firewall is touched, so they reach nothing else.

    ``environment``: what testcontainers needs, which reads it when it is imported.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        # The path of a socket has at most 107 bytes, which that of a test's folder may exceed.
        self._short = tempfile.TemporaryDirectory(prefix="docker-", dir="/tmp")
        self.address = f"unix://{self._short.name}/docker.sock"
        self.environment = {
            "DOCKER_HOST": self.address,
            # The helper that removes what is left over is an image that is not here.
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            # Where the tests are in a container themselves it would look for ports on the bridge.
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
            "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1",
        }
        self._enclosure = Enclosure(folder)
        self._cgroups = Cgroups()
        self._bridge = f"sw{self._cgroups.name.rpartition('-')[2]}"
        self._program: Program | None = None

    def start(self) -> None:
        try:
            self._start()
        except (AssertionError, OSError, RuntimeError) as exc:
            said = "" if self._program is None else self._program.said()
            self.stop()
            raise RuntimeError(f"{exc}\n{said}") from exc

    def load(self, tree: Path, name: str) -> None:
        """Make an image of the tar of a root folder. Raises RuntimeError."""
        self.run("import", str(tree), name)

    def run(self, *arguments: str, within: float = 60) -> str:
        """Run ``docker`` and return what it printed. ``within``: seconds. Raises RuntimeError."""
        done = subprocess.run(
            ["docker", "--host", self.address, *arguments],
            # The builder of the engine itself: the other one is a program that may not be here.
            env={**os.environ, "DOCKER_BUILDKIT": "0"},
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def stop(self) -> None:
        """End it with its containers. May be repeated."""
        self._enclosure.stop()
        if self._program is not None:
            self._program.kill()
        self._cgroups.remove()
        if Path("/sys/class/net", self._bridge).exists():
            _ip("link", "delete", self._bridge)
        self._short.cleanup()

    def _start(self) -> None:
        self._cgroups.make()
        self._enclosure.start()
        _ip("link", "add", "name", self._bridge, "type", "bridge")
        _ip("address", "add", BRIDGE_ADDRESS.format(int(self._bridge[-2:], 16)), "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        config = self._folder / "daemon.json"
        config.write_text("{}")
        argv = [
            str(_program("dockerd")),
            f"--host={self.address}",
            f"--data-root={self._folder / 'data'}",
            "--exec-root=/run/docker",
            "--pidfile=/run/docker.pid",
            # The machine's own configuration is not for this engine.
            f"--config-file={config}",
            f"--cgroup-parent=/{self._cgroups.name}",
            "--exec-opt=native.cgroupdriver=cgroupfs",
            f"--bridge={self._bridge}",
            "--ip=127.0.0.1",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
            "--ip-masq=false",
            "--oom-score-adjust=0",
            "--shutdown-timeout=1",
        ]
        self._program = Program(self._enclosure.entering(argv), self._folder)
        self._program.start()
        wait_for(self._answers, 30, "the Docker engine answers", every=0.1)

    def _answers(self) -> bool:
        if self._program is None or not self._program.runs:
            raise AssertionError("dockerd ended")
        try:
            return bool(self.run("version", "--format", "{{.Server.Version}}").strip())
        except RuntimeError:
            return False


def shared() -> str:
    """The address of an engine for all tests of this process; skips the test where there is none."""
    given = os.environ.get(ADDRESS)
    if given:
        return given
    reason = absent()
    if reason is not None:
        missing("a Docker engine", f"no address in {ADDRESS}; {reason}")
    return _started().address


@cache
def _started() -> DockerEngine:
    folder = tempfile.TemporaryDirectory(prefix="docker-")
    engine = DockerEngine(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(engine.stop)
    engine.start()
    return engine


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")


def _ip(*arguments: str) -> None:
    done = subprocess.run([str(_program("ip")), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
