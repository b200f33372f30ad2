"""The kubelet as a native program: it has the pods of its node run in containerd."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.services import kubernetes_install
from tests.services.containerd import SOCKET
from tests.services.kubernetes_enclosure import Enclosure
from tests.services.kubernetes_names import DOMAIN
from tests.services.program import Program
from tests.services.waiting import free_ports


class Kubelet:
    """``group``: the control group that the pods go below; ``node``: the name that it has in the API.

    ``dns``: the address that pods ask for names; empty: the one that this machine asks.
    """

    def __init__(
        self, enclosure: Enclosure, folder: Path, *, node: str, group: str, kubeconfig: Path, dns: str = ""
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._enclosure = enclosure
        self._folder = folder
        self._node = node
        self._group = group
        self._kubeconfig = kubeconfig
        self._dns = dns
        self._program: Program | None = None

    @property
    def runs(self) -> bool:
        return self._program is not None and self._program.runs

    def start(self, *, ca: Path, pair: Path, lease_s: int) -> None:
        """Returns before the node is ready. ``pair``: its key and certificate, ``ca`` vouches for callers."""
        config = self._folder / "config.json"
        config.write_text(json.dumps(self._config(ca=ca, pair=pair, lease_s=lease_s), indent=1))
        argv = [
            str(kubernetes_install.place() / "kubelet"),
            f"--config={config}",
            f"--kubeconfig={self._kubeconfig}",
            f"--hostname-override={self._node}",
            "--root-dir=/run/kubelet",
            "--cert-dir=/run/kubelet/pki",
        ]
        self._program = Program(self._enclosure.entering(argv), self._folder)
        self._program.start()

    def pause(self) -> None:
        if self._program is not None:
            self._program.pause()

    def resume(self) -> None:
        if self._program is not None:
            self._program.resume()

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()

    def said(self) -> str:
        return "" if self._program is None else self._program.said()

    def _config(self, *, ca: Path, pair: Path, lease_s: int) -> dict[str, object]:
        names = self._folder / "resolv.conf"
        # Copied, for what it is a link to may be below /run, which is another one where the kubelet is.
        shutil.copyfile("/etc/resolv.conf", names)
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": "127.0.0.1",
            "port": free_ports(1)[0],
            "healthzPort": 0,
            "tlsCertFile": str(pair),
            "tlsPrivateKeyFile": str(pair),
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": False},
                "x509": {"clientCAFile": str(ca)},
            },
            "authorization": {"mode": "AlwaysAllow"},
            "containerRuntimeEndpoint": f"unix://{SOCKET}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self._group}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "enforceNodeAllocatable": [],
            "evictionHard": dict.fromkeys(
                ("memory.available", "nodefs.available", "imagefs.available"), "0%"
            ),
            "imageGCHighThresholdPercent": 100,
            "localStorageCapacityIsolation": False,
            "makeIPTablesUtilChains": False,
            "maxPods": 250,
            "nodeLeaseDurationSeconds": lease_s,
            "nodeStatusUpdateFrequency": f"{max(1, lease_s // 4)}s",
            "resolvConf": str(names),
            **({"clusterDNS": [self._dns], "clusterDomain": DOMAIN} if self._dns else {}),
            "serializeImagePulls": False,
            "volumePluginDir": "/run/kubelet/plugins",
        }
