"""Instances on the real Kubernetes API, in a namespace of their own, with the part of the kubelet played."""

from __future__ import annotations

from pathlib import Path

from orchestrator.ports import InstanceSpec, Phase
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from tests.runtime.kubelet import Kubelet, template
from tests.runtime.waiting import phase
from tests.services.kubernetes_api import shared


def spec_of(
    shard: int, incarnation: int = 1, text: str | None = None, *, kind: str = "Thing", name: str = "iota-dac"
) -> InstanceSpec:
    return InstanceSpec(
        kind=kind,
        shard=shard,
        incarnation=incarnation,
        revision=1,
        name=f"{name}-{shard}",
        template=text or template(),
        environment={"SHARDWRIGHT_SHARD": str(shard)},
    )


class KubernetesWorld:
    def __init__(self, directory: Path, name: str) -> None:
        self.cluster = name
        cluster = shared()
        self.operator = cluster.operator
        self.namespace = cluster.namespace("runtime")
        self.pods = f"/api/v1/namespaces/{self.namespace}/pods"
        self.options = KubernetesOptions(
            namespace=self.namespace, kubeconfig=cluster.kubeconfig("admin"), request_timeout_s=5, relist_s=5
        )
        self.runtime = KubernetesRuntime(self.options, cluster=name)
        self.kubelet = Kubelet(self.operator, self.namespace)
        self.kubelet.start()

    def running(self, shard: int, incarnation: int) -> InstanceSpec:
        return spec_of(shard, incarnation)

    def refused(self, shard: int, incarnation: int) -> InstanceSpec:
        return spec_of(shard, incarnation, template(**{"no-such-command": ["sleep"]}))

    async def start_deaf(self, shard: int, incarnation: int) -> None:
        await self.runtime.ensure(spec_of(shard, incarnation, template({"deaf": "yes"})))
        await phase(self.runtime, shard, Phase.RUNNING)

    async def start_ending(self, shard: int, incarnation: int, said: str) -> None:
        await self.runtime.ensure(spec_of(shard, incarnation, template({"ends": said})))

    async def close(self) -> None:
        await self.runtime.close()
        self.kubelet.stop()
