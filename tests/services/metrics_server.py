"""The real metrics API for tests: metrics-server beside a node that runs pods, behind the cluster's API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.services import metrics_install
from tests.services.kubernetes_node import Cluster
from tests.services.program import Program
from tests.services.require import missing
from tests.services.waiting import free_ports

GROUP = "metrics.k8s.io"
RESOLUTION_S = 10
"""How often it asks the kubelets, the least that it takes."""


class MetricsServer:
    """``start`` returns when it answers through the API, or raises RuntimeError."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._api = cluster.api
        self._port = free_ports(1)[0]
        self._program = Program(self._command(folder), folder)

    def start(self) -> None:
        for path, body in self._registration():
            self._api.operator.create(path, body)
        self._program.start()
        try:
            self._program.wait_ready(self._serves, 90, "the metrics API answers", every=0.5)
        except RuntimeError:
            self.stop()
            raise

    def stop(self) -> None:
        self._program.kill()
        self._api.operator.delete(f"/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.{GROUP}")

    def _serves(self) -> bool:
        name = f"/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.{GROUP}"
        said = self._api.operator.get(name).get("status", {}).get("conditions", [])
        return any(one["type"] == "Available" and one["status"] == "True" for one in said)

    def _command(self, folder: Path) -> list[str]:
        kubeconfig, pair = self._api.kubeconfig("admin"), self._api.server.kubelet_pair
        return [
            str(metrics_install.place() / metrics_install.PROGRAM),
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--authentication-skip-lookup=true",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={folder / 'certificates'}",
            f"--metric-resolution={RESOLUTION_S}s",
            "--kubelet-request-timeout=5s",
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-use-node-status-port",
            "--kubelet-insecure-tls",
            f"--kubelet-client-certificate={pair}",
            f"--kubelet-client-key={pair}",
        ]

    def _registration(self) -> list[tuple[str, dict[str, Any]]]:
        """What makes the cluster's API pass requests on to it; it is asked without anybody's name."""
        service = {"name": "metrics-server", "namespace": "kube-system"}
        rights = "/apis/rbac.authorization.k8s.io/v1/{}"
        return [
            (
                "/api/v1/namespaces/kube-system/services",
                {
                    "metadata": {"name": service["name"]},
                    "spec": {"type": "ExternalName", "externalName": "localhost"},
                },
            ),
            (
                "/apis/apiregistration.k8s.io/v1/apiservices",
                {
                    "metadata": {"name": f"v1beta1.{GROUP}"},
                    "spec": {
                        "group": GROUP,
                        "version": "v1beta1",
                        "service": {**service, "port": self._port},
                        "insecureSkipTLSVerify": True,
                        "groupPriorityMinimum": 100,
                        "versionPriority": 100,
                    },
                },
            ),
            (
                rights.format("clusterroles"),
                {
                    "metadata": {"name": "asked-by-the-api"},
                    "rules": [
                        {"apiGroups": [GROUP], "resources": ["pods"], "verbs": ["get", "list"]},
                        {"nonResourceURLs": ["*"], "verbs": ["get"]},
                    ],
                },
            ),
            (
                rights.format("clusterrolebindings"),
                {
                    "metadata": {"name": "asked-by-the-api"},
                    "roleRef": {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": "ClusterRole",
                        "name": "asked-by-the-api",
                    },
                    "subjects": [
                        {
                            "apiGroup": "rbac.authorization.k8s.io",
                            "kind": "User",
                            "name": "system:anonymous",
                        }
                    ],
                },
            ),
        ]


def own(cluster: Cluster, folder: Path) -> MetricsServer:
    """One for the tests of a module, not started yet; skips them where there can be none."""
    reason = metrics_install.absent()
    if reason is not None:
        missing("the metrics API", reason)
    return MetricsServer(cluster, folder)
