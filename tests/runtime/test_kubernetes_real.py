"""The runtime on a real node: kubelet and containerd say what ran, and processes show whether it does."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator.ports import InstanceSeen, InstanceSpec, Occupied, Phase, Started
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from tests.runtime.kubernetes_world import spec_of
from tests.runtime.waiting import seen_of, until
from tests.services.kubernetes_node import NODE, Cluster, own
from tests.services.kubernetes_worker import worker_pod_template

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PATIENCE_S = 60.0
LOST_AFTER_S = 8

DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
POLITE = "import signal; signal.signal(15, lambda *_: exit(0)); print('ready', flush=True); signal.pause()"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = own(tmp_path_factory.mktemp("cluster"), lost_after_s=LOST_AFTER_S)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
async def runtime(cluster: Cluster) -> AsyncIterator[KubernetesRuntime]:
    options = KubernetesOptions(
        namespace=cluster.api.namespace(), kubeconfig=cluster.api.kubeconfig("admin"), allow_privileged=True
    )
    runtime = KubernetesRuntime(options, cluster="real")
    yield runtime
    for seen in await runtime.observe("Thing"):
        await runtime.stop("Thing", seen.shard, seen.incarnation, grace_s=1)
    await runtime.close()


def runs_code(code: str, incarnation: int = 1) -> InstanceSpec:
    return spec_of(3, incarnation, worker_pod_template("worker", command=("python", "-c", code)))


async def becomes(runtime: KubernetesRuntime, *wanted: Phase | None) -> InstanceSeen | None:
    last: list[InstanceSeen | None] = []

    async def is_so() -> bool:
        last.append(await seen_of(runtime, 3))
        return (last[-1].phase if last[-1] else None) in wanted

    await until(is_so, PATIENCE_S)
    return last[-1]


async def is_ready(cluster: Cluster, runtime: KubernetesRuntime) -> int:
    """Wait until its program says so; returns its process."""
    seen = await becomes(runtime, Phase.RUNNING)
    assert seen is not None

    async def says_so() -> bool:
        return "ready" in await runtime.logs("Thing", 3, lines=5)

    await until(says_so, PATIENCE_S)
    pods = cluster.api.operator.get("/api/v1/pods")["items"]
    (pid,) = cluster.node.processes(next(pod for pod in pods if pod["metadata"]["uid"] == seen.uid))
    return pid


def is_alive(pid: int) -> bool:
    return Path("/proc", str(pid)).exists()


async def test_an_instance_that_ends_by_itself_is_ended_with_its_code_and_its_log(
    runtime: KubernetesRuntime,
) -> None:
    assert await runtime.ensure(runs_code("print('the database is away'); exit(3)")) == Started()
    seen = await becomes(runtime, Phase.ENDED)
    assert seen is not None
    assert "exit code 3" in seen.detail
    assert await runtime.logs("Thing", 3, lines=1) == ["the database is away"]


async def test_a_killed_worker_is_news_and_its_successor_takes_its_name(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    news = runtime.news()
    await runtime.ensure(runs_code(POLITE))
    pid = await is_ready(cluster, runtime)
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        while (seen := await anext(news)).phase is not Phase.ENDED:
            pass
    assert "exit code 137 (SIGKILL)" in seen.detail

    async def has_started() -> bool:
        # The kubelet tells of the end at once, and lets go of the name a moment later.
        return await runtime.ensure(runs_code(POLITE, 2)) == Started()

    await until(has_started, PATIENCE_S)
    assert is_alive(await is_ready(cluster, runtime))


async def test_a_stop_is_over_only_when_the_process_is(cluster: Cluster, runtime: KubernetesRuntime) -> None:
    await runtime.ensure(runs_code(DEAF))
    pid = await is_ready(cluster, runtime)
    await runtime.stop("Thing", 3, 1, grace_s=3)
    seen = await seen_of(runtime, 3)
    assert seen is not None
    assert seen.phase is Phase.STOPPING
    assert isinstance(await runtime.ensure(runs_code(POLITE, 2)), Occupied)
    await becomes(runtime, Phase.ENDED, None)
    assert not is_alive(pid)


async def test_an_instance_on_a_silent_node_is_unknown_until_the_node_is_out_of_service(
    cluster: Cluster, runtime: KubernetesRuntime
) -> None:
    await runtime.ensure(runs_code(DEAF))
    pid = await is_ready(cluster, runtime)
    node = f"/api/v1/nodes/{NODE}"
    patch = "application/merge-patch+json"
    cluster.node.kubelet.pause()
    try:
        await becomes(runtime, Phase.UNKNOWN)
        await runtime.stop("Thing", 3, 1, grace_s=1)
        await asyncio.sleep(3)
        # Nobody has ended it, and nobody says so.
        assert is_alive(pid)
        seen = await seen_of(runtime, 3)
        assert seen is not None
        assert seen.phase is not Phase.ENDED
        taints = cluster.api.operator.get(node)["spec"].get("taints") or []
        taint = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
        os.kill(pid, signal.SIGKILL)
        cluster.api.operator.ask("PATCH", node, {"spec": {"taints": [*taints, taint]}}, patch)
        await becomes(runtime, Phase.ENDED, None)
    finally:
        cluster.node.kubelet.resume()
        taints = cluster.api.operator.get(node)["spec"].get("taints") or []
        rest = [one for one in taints if "out-of-service" not in one["key"]]
        cluster.api.operator.ask("PATCH", node, {"spec": {"taints": rest}}, patch)
