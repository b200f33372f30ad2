"""containerd as a native program: it runs the containers of a Kubernetes node."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.services.kubernetes_enclosure import Enclosure
from tests.services.program import Program

SOCKET = "/run/containerd/containerd.sock"
SANDBOX_IMAGE = "shardwright.test/sandbox:1"
PLUGINS = Path("/usr/lib/cni")

CONFIG = """\
version = 2
root = "/run/containerd/root"
state = "/run/containerd/state"

[grpc]
address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{sandbox}"
# Without it a sandbox ends before it begins where the score of this process may not be lowered.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{networks}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
base_runtime_spec = "{base}"
"""


def absent() -> str | None:
    """Why containerd cannot be started here; None when it can."""
    lacking = [name for name in ("containerd", "runc", "ctr") if shutil.which(name) is None]
    if lacking:
        return f"there is no {', '.join(lacking)} on the PATH (Debian: apt-get install containerd runc)"
    if not (PLUGINS / "ptp").exists():
        return f"there is no {PLUGINS / 'ptp'} (Debian: apt-get install containernetworking-plugins)"
    return None


class Containerd:
    """Runs in the enclosure, where all that it keeps goes with it. ``start`` returns when it answers.

    ``lent``: folders and files of this machine that every container finds at their place, read-only.
    """

    def __init__(self, enclosure: Enclosure, folder: Path, lent: Sequence[Path] = ()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._enclosure = enclosure
        self._folder = folder
        self._lent = lent
        self._program: Program | None = None

    def start(self) -> None:
        """Raises RuntimeError when it does not answer in time."""
        networks = self._folder / "networks"
        networks.mkdir(exist_ok=True)
        (networks / "pods.conflist").write_text(json.dumps(_network()))
        base = self._folder / "base.json"
        base.write_text(json.dumps(self._base()))
        config = self._folder / "config.toml"
        config.write_text(
            CONFIG.format(socket=SOCKET, sandbox=SANDBOX_IMAGE, plugins=PLUGINS, networks=networks, base=base)
        )
        program = Program(self._enclosure.entering(["containerd", "--config", str(config)]), self._folder)
        self._program = program
        program.start()
        program.wait_ready(self._answers, 20, "containerd answers", every=0.1)

    def load(self, archive: Path) -> None:
        """Make the image of an archive known to Kubernetes. Raises RuntimeError."""
        self._enclosure.run(
            "ctr", "--address", SOCKET, "--namespace", "k8s.io", "images", "import", str(archive)
        )

    def containers(self) -> list[str]:
        """The ids of all containers and sandboxes of Kubernetes."""
        ctr = ("ctr", "--address", SOCKET, "--namespace", "k8s.io")
        return self._enclosure.run(*ctr, "containers", "list", "--quiet").split()

    def execute(self, container: str, *argv: str) -> tuple[int, str]:
        """Run a program in a container as its own first process runs; the exit code and all that it said."""
        ctr = ["ctr", "--address", SOCKET, "--namespace", "k8s.io", "tasks", "exec"]
        command = [*ctr, "--exec-id", secrets.token_hex(8), container, *argv]
        done = subprocess.run(
            self._enclosure.entering(command), capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def kill(self) -> None:
        """End it as a crash does; the containers go on."""
        if self._program is not None:
            self._program.kill()

    def said(self) -> str:
        return "" if self._program is None else self._program.said()

    def _base(self) -> dict[str, object]:
        base: dict[str, Any] = json.loads(self._enclosure.run("ctr", "oci", "spec"))
        for path in map(str, self._lent):
            options = ["rbind", "rprivate", "ro"]
            base["mounts"].append({"destination": path, "source": path, "type": "bind", "options": options})
        return base

    def _answers(self) -> bool:
        try:
            return bool(self._enclosure.run("ctr", "--address", SOCKET, "version"))
        except RuntimeError:
            return False


def _network() -> dict[str, object]:
    addresses = {
        "type": "host-local",
        "dataDir": "/run/cni",
        # By chance, for a second node on this machine must not have the same.
        "ranges": [[{"subnet": f"10.244.{secrets.randbelow(256)}.0/24"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    # A pair of interfaces for each pod, gone with the pod: a bridge would be left behind.
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipam": addresses}]}
