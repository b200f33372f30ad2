"""A namespace of a real cluster for one test, and what an operator does and sees in it."""

from __future__ import annotations

from typing import Any

import yaml

from tests.services.kubernetes_node import Cluster
from tests.services.kubernetes_worker import worker_pod_template
from tests.services.waiting import wait_for

PATIENCE_S = 60.0
"""How long anything may take on a machine that is busy with other things; measured is a second or two."""

Pod = dict[str, Any]


class Bench:
    """A namespace of a test."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.pods = f"/api/v1/namespaces/{cluster.api.namespace()}/pods"

    def create(self, name: str, code: str = "", **more: Any) -> None:
        """A pod of this Python code, or of the reference worker."""
        if code:
            more["command"] = ("python", "-c", code)
        template = worker_pod_template(name, **more)
        self.cluster.api.operator.create(self.pods, yaml.safe_load(template))

    def find(self, name: str) -> Pod | None:
        return self.cluster.api.operator.find(f"{self.pods}/{name}")

    def delete(self, name: str, grace: int | None = None) -> None:
        self.cluster.api.operator.delete(f"{self.pods}/{name}", grace=grace)

    def log(self, name: str) -> str:
        return self.cluster.api.operator.text(f"{self.pods}/{name}/log")

    def reaches(self, name: str, phase: str) -> Pod:
        def is_there() -> bool:
            pod = self.find(name)
            return pod is not None and bool(pod["status"]["phase"] == phase)

        took = wait_for(is_there, PATIENCE_S, f"{name} is {phase}", every=0.05)
        print(f"{name} is {phase} after {took:.1f} s")
        return self.find(name) or {}

    def condition(self, name: str, of: str) -> str:
        """``True``, ``False`` or ``Unknown``; empty when there is no such condition, or no pod."""
        conditions = (self.find(name) or {"status": {}})["status"].get("conditions", [])
        return next((str(one["status"]) for one in conditions if one["type"] == of), "")

    def says_ready(self, name: str) -> list[int]:
        """Wait until its program has printed that it is ready; returns its processes."""
        pod = self.reaches(name, "Running")
        wait_for(lambda: "ready" in self.log(name), PATIENCE_S, f"{name} is ready", every=0.1)
        return self.cluster.node.processes(pod)

    def gone(self, name: str) -> float:
        return wait_for(lambda: self.find(name) is None, PATIENCE_S, f"{name} is gone", every=0.05)
