"""What statuses of pods mean, as the real Kubernetes API holds them; the kubelet's part is patched in."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.ports import InstanceSeen, Phase
from orchestrator.runtime.kubernetes import KubernetesRuntime
from tests.runtime.kubelet import ended, running, template
from tests.runtime.kubernetes_world import KubernetesWorld, spec_of
from tests.runtime.waiting import phase, seen_of

Status = dict[str, Any]

TWO = [{"name": name, "image": "worker:1"} for name in ("worker", "helper")]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[KubernetesWorld]:
    """Pods are bound to the node, and nothing more happens to them by itself."""
    world = KubernetesWorld(tmp_path, f"test-{os.getpid()}-{tmp_path.name}")
    yield world
    await world.close()


async def started(world: KubernetesWorld, **spec: Any) -> dict[str, Any]:
    await world.runtime.ensure(spec_of(3, 1, template(**spec)))
    await phase(world.runtime, 3, Phase.RUNNING)
    world.kubelet.asleep.set()
    return world.operator.get(f"{world.pods}/iota-dac-3")


async def seen_with(world: KubernetesWorld, status: Status) -> InstanceSeen:
    world.kubelet.patch(f"{world.pods}/iota-dac-3/status", status)
    seen = await seen_of(world.runtime, 3)
    assert seen is not None
    return seen


def state(name: str, **what: Any) -> Status:
    """A container's entry: ``state`` and ``lastState``."""
    return {"name": name, "image": "worker:1", "imageID": "", "ready": False, "restartCount": 1, **what}


def terminated(code: int, **more: Any) -> Status:
    return {"terminated": {"exitCode": code, "finishedAt": "2026-01-02T03:04:05Z", **more}}


def waits(reason: str, message: str) -> Status:
    return {"waiting": {"reason": reason, "message": message}}


async def test_a_crash_loop_is_pending_and_says_why(world: KubernetesWorld) -> None:
    await started(world, restartPolicy="Always")
    held = waits("CrashLoopBackOff", "back-off 40s restarting")
    entry = state("worker", state=held, lastState=terminated(1))
    seen = await seen_with(world, {"status": {"phase": "Running", "containerStatuses": [entry]}})
    assert seen.phase is Phase.PENDING
    assert seen.detail == "CrashLoopBackOff: back-off 40s restarting; exit code 1"


async def test_an_image_that_cannot_be_pulled_is_pending_and_says_why(world: KubernetesWorld) -> None:
    await started(world)
    entry = state("worker", state=waits("ImagePullBackOff", 'Back-off pulling image "worker:1"'))
    seen = await seen_with(world, {"status": {"phase": "Pending", "containerStatuses": [entry]}})
    assert seen.phase is Phase.PENDING
    assert "ImagePullBackOff" in seen.detail


async def test_a_pod_that_fits_on_no_node_is_pending_and_says_why(world: KubernetesWorld) -> None:
    world.kubelet.asleep.set()
    await world.runtime.ensure(spec_of(3))
    said = "0/3 nodes are available: 3 Insufficient cpu."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
    seen = await seen_with(world, {"status": {"conditions": [condition]}})
    assert seen.phase is Phase.PENDING
    assert seen.detail == f"Unschedulable: {said}"


async def test_an_end_is_one_only_when_every_container_has_ended(world: KubernetesWorld) -> None:
    pod = await started(world, containers=TWO)
    runs = running(pod)["status"]["containerStatuses"][1]
    half = [state("worker", state=terminated(1)), runs]
    # The phase is what somebody writes; the container still runs.
    for claimed in ("Running", "Failed"):
        seen = await seen_with(world, {"status": {"phase": claimed, "containerStatuses": half}})
        assert seen.phase is Phase.RUNNING
    both = [state("worker", state=terminated(0)), state("helper", state=terminated(2, reason="Error"))]
    seen = await seen_with(world, {"status": {"phase": "Failed", "containerStatuses": both}})
    assert seen.phase is Phase.ENDED
    assert seen.detail == "container helper: exit code 2"
    assert seen.since == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()


async def test_the_end_of_a_container_that_will_run_again_is_none(world: KubernetesWorld) -> None:
    await started(world, restartPolicy="Always")
    entry = state("worker", state=terminated(1))
    seen = await seen_with(world, {"status": {"phase": "Running", "containerStatuses": [entry]}})
    assert seen.phase is Phase.PENDING
    await world.runtime.stop("Thing", 3, 1, grace_s=60)
    assert (await seen_with(world, {})).phase is Phase.ENDED


async def test_an_eviction_is_an_end_with_its_reason(world: KubernetesWorld) -> None:
    pod = await started(world)
    status = ended(pod, 137, "OOMKilled")["status"]
    said = {"reason": "Evicted", "message": "The node was low on resource: memory."}
    seen = await seen_with(world, {"status": {**status, **said}})
    assert seen.phase is Phase.ENDED
    assert seen.detail == (
        "exit code 137 (SIGKILL, OOMKilled); Evicted: The node was low on resource: memory."
    )


async def test_a_pod_that_the_kubelet_turned_away_has_ended(world: KubernetesWorld) -> None:
    world.kubelet.asleep.set()
    await world.runtime.ensure(spec_of(3))
    seen = await seen_with(world, {"status": {"phase": "Failed", "reason": "OutOfcpu", "message": "no room"}})
    assert (seen.phase, seen.detail) == (Phase.ENDED, "OutOfcpu: no room")


async def test_the_last_words_of_a_container_are_told(world: KubernetesWorld) -> None:
    await started(world)
    entry = state("worker", state=terminated(3, message="the database\n is away"))
    seen = await seen_with(world, {"status": {"phase": "Failed", "containerStatuses": [entry]}})
    assert seen.detail == "exit code 3; its last words: the database is away"


async def test_a_worker_that_is_not_ready_runs_and_says_so(world: KubernetesWorld) -> None:
    await started(world)
    unready = {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "[worker]"}
    seen = await seen_with(world, {"status": {"conditions": [unready]}})
    assert (seen.phase, seen.detail) == (Phase.RUNNING, "not ready (ContainersNotReady: [worker])")


LOST = {
    "status": {
        "conditions": [{"type": "Ready", "status": "False"}, {"type": "ContainersReady", "status": "True"}]
    }
}
"""How the node controller leaves a pod of a node that is silent."""


async def test_a_pod_on_a_silent_node_is_unknown(world: KubernetesWorld) -> None:
    await started(world)
    node = f"/api/v1/nodes/{world.kubelet.node}"
    silent = [{"type": "Ready", "status": "Unknown"}]
    world.kubelet.patch(f"{node}/status", {"status": {"conditions": silent}})
    seen = await seen_with(world, LOST)
    assert seen.phase is Phase.UNKNOWN
    assert world.kubelet.node in seen.detail


async def test_a_pod_of_a_node_that_is_out_of_service_has_ended(world: KubernetesWorld) -> None:
    await started(world)
    taint = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    world.kubelet.patch(f"/api/v1/nodes/{world.kubelet.node}", {"spec": {"taints": [taint]}})
    seen = await seen_with(world, LOST)
    assert seen.phase is Phase.ENDED
    assert "is gone" in seen.detail


async def test_a_pod_of_a_node_that_is_no_more_has_ended(world: KubernetesWorld) -> None:
    await started(world)
    assert (await seen_with(world, LOST)).phase is Phase.RUNNING
    world.operator.delete(f"/api/v1/nodes/{world.kubelet.node}")
    assert (await seen_with(world, LOST)).phase is Phase.ENDED


async def test_a_pod_that_does_not_end_in_time_says_so(world: KubernetesWorld) -> None:
    await started(world)
    await world.runtime.stop("Thing", 3, 1, grace_s=20)
    seen = await seen_of(world.runtime, 3)
    assert seen is not None
    assert (seen.phase, seen.detail) == (Phase.STOPPING, "")
    assert abs(seen.since - time.time()) < 15
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
    later = KubernetesRuntime(world.options, cluster=world.cluster, wall=lambda: in_an_hour)
    try:
        overdue = await seen_of(later, 3)
        assert overdue is not None
        assert overdue.phase is Phase.STOPPING
        assert f"though its node {world.kubelet.node} answers" in overdue.detail
        world.operator.delete(f"/api/v1/nodes/{world.kubelet.node}")
        assert (await seen_of(later, 3)).phase is Phase.ENDED  # type: ignore[union-attr]
    finally:
        await later.close()


async def test_finalizers_that_hold_a_pod_are_named(world: KubernetesWorld) -> None:
    await started(world)
    path = f"{world.pods}/iota-dac-3"
    world.kubelet.patch(path, {"metadata": {"finalizers": ["example.com/held"]}})
    await world.runtime.stop("Thing", 3, 1, grace_s=1)
    seen = await seen_of(world.runtime, 3)
    assert seen is not None
    assert seen.phase is Phase.STOPPING
    assert "example.com/held" in seen.detail
    world.kubelet.patch(path, {"metadata": {"finalizers": None}})
