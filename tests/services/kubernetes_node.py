"""A real Kubernetes node for tests: controllers, scheduler, kubelet and containerd beside the API.

Needs root. Whatever it started ends with it: containers, mounts and control groups too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.services import containerd, images, kubernetes_cgroups, kubernetes_enclosure, kubernetes_install
from tests.services.certificates import Authority
from tests.services.containerd import Containerd
from tests.services.kubernetes_api import KubernetesApi
from tests.services.kubernetes_cgroups import Cgroups
from tests.services.kubernetes_enclosure import Enclosure
from tests.services.kubernetes_kubelet import Kubelet
from tests.services.kubernetes_server import absent as no_api
from tests.services.kubernetes_worker import WORKER_IMAGE, lent, write_worker_image
from tests.services.program import Program
from tests.services.require import missing
from tests.services.waiting import wait_for

NODE = "127.0.0.1"
"""Its name, which the kubelet takes for its address too: one of the loopback it would not take otherwise."""

LOST_AFTER_S = 40


def absent() -> str | None:
    """Why no node can be started here; None when one can."""
    return (
        kubernetes_enclosure.absent()
        or no_api()
        or containerd.absent()
        or images.absent()
        or kubernetes_cgroups.absent()
    )


class KubernetesNode:
    """One node and the controllers, for an API that was started. ``start`` raises RuntimeError.

    ``lost_after_s``: the node is unready in the API after so long without a sign from its kubelet.
    ``dns``: the address that pods ask for names; empty: as this machine does. ``more``: folders that every
    container finds at their place, beside those of the worker; None: it finds what is in its image alone.
    """

    def __init__(
        self,
        api: KubernetesApi,
        folder: Path,
        *,
        lost_after_s: int = LOST_AFTER_S,
        dns: str = "",
        more: Sequence[Path] | None = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._api = api
        self._folder = folder
        self._lost_after_s = lost_after_s
        self._enclosure = Enclosure(folder)
        self.cgroups = Cgroups()
        kubeconfig = api.kubeconfig("admin")
        self.containerd = Containerd(
            self._enclosure, folder / "containerd", () if more is None else lent(*more)
        )
        self.kubelet = Kubelet(
            self._enclosure,
            folder / "kubelet",
            node=NODE,
            group=self.cgroups.name,
            kubeconfig=kubeconfig,
            dns=dns,
        )
        self._controllers = [
            self._controller("kube-controller-manager", *self._duties()),
            self._controller("kube-scheduler"),
        ]

    def start(self) -> None:
        """Returns when a pod that is created now would be run."""
        try:
            self._start()
        except (AssertionError, OSError, RuntimeError) as exc:
            said = f"{exc}\n{self.containerd.said()}\n{self.kubelet.said()}"
            self.stop()
            raise RuntimeError(said) from exc

    def stop(self) -> None:
        """End everything, whatever runs in pods included. May be repeated. Raises RuntimeError."""
        self.kubelet.kill()
        for program in self._controllers:
            program.kill()
        self._enclosure.stop()
        self.containerd.kill()
        self.cgroups.remove()

    def processes(self, pod: dict[str, Any]) -> list[int]:
        """The processes of a pod's containers, by the numbers that this process knows them by.

        ``pod``: the object as the API has it, whose status names the containers.
        """
        return [pid for one in _containers(pod) for pid in self.cgroups.processes(one)]

    def execute(self, pod: dict[str, Any], *argv: str) -> tuple[int, str]:
        """Run a program in the first container of a pod; the exit code and all that it said."""
        return self.containerd.execute(_containers(pod)[0], *argv)

    def _start(self) -> None:
        self.cgroups.make()
        for program in self._controllers:
            program.start()
        self._enclosure.start()
        self.containerd.start()
        self._load_images()
        pair = Authority(self._folder / "keys", "kubelet-authority").vouch("kubelet", "IP:127.0.0.1")
        self.kubelet.start(ca=self._api.ca, pair=pair, lease_s=self._lost_after_s)
        wait_for(self._is_ready, 30, "the node is ready", every=0.05)

    def _load_images(self) -> None:
        sandbox, worker = self._folder / "sandbox.tar", self._folder / "worker.tar"
        images.write_busybox(
            sandbox, containerd.SANDBOX_IMAGE, command=["/bin/busybox", "sleep", "2147483647"]
        )
        write_worker_image(worker, WORKER_IMAGE)
        for archive in (sandbox, worker):
            self.containerd.load(archive)

    def _is_ready(self) -> bool:
        if not self.kubelet.runs:
            raise AssertionError("the kubelet ended")
        node = self._api.operator.find(f"/api/v1/nodes/{NODE}")
        if node is None or node["spec"].get("taints"):
            return False
        return any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])

    def _duties(self) -> list[str]:
        return [
            f"--service-account-private-key-file={self._api.server.accounts_key}",
            f"--root-ca-file={self._api.ca}",
            f"--node-monitor-grace-period={self._lost_after_s}s",
            "--node-monitor-period=1s",
        ]

    def _controller(self, name: str, *duties: str) -> Program:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        argv = [
            str(kubernetes_install.place() / name),
            f"--kubeconfig={self._api.kubeconfig('admin')}",
            "--bind-address=127.0.0.1",
            "--secure-port=0",
            "--leader-elect=false",
            *duties,
        ]
        return Program(argv, folder)


def _containers(pod: dict[str, Any]) -> list[str]:
    statuses = pod.get("status", {}).get("containerStatuses", [])
    ids = [str(status.get("containerID", "")).removeprefix("containerd://") for status in statuses]
    return [one for one in ids if one]


class Cluster:
    """The API and its node. ``start`` raises RuntimeError when one of them cannot start."""

    def __init__(
        self,
        folder: Path,
        *,
        lost_after_s: int = LOST_AFTER_S,
        dns: str = "",
        more: Sequence[Path] | None = (),
    ) -> None:
        self.api = KubernetesApi(folder / "api")
        self.node = KubernetesNode(self.api, folder / "node", lost_after_s=lost_after_s, dns=dns, more=more)

    def start(self) -> None:
        self.api.start()
        try:
            self.node.start()
        except RuntimeError:
            self.api.stop()
            raise

    def stop(self) -> None:
        self.node.stop()
        self.api.stop()


def own(folder: Path, *, lost_after_s: int = LOST_AFTER_S) -> Cluster:
    """One for the tests of a module, not started yet; skips them where there can be none.

    A cluster that is given by its kubeconfig will not do: the tests look at the processes in its pods.
    """
    reason = absent()
    if reason is not None:
        missing("a Kubernetes node", reason)
    return Cluster(folder, lost_after_s=lost_after_s)
