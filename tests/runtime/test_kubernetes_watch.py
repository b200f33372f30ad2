"""News of pods on the real Kubernetes API: soon while all is well, late but never lost when it is not."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from orchestrator.ports import InstanceSeen, Phase
from orchestrator.runtime import mark, render
from orchestrator.runtime.kubernetes import KubernetesRuntime
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.news import Subscription
from tests.runtime.kubelet import ended
from tests.runtime.kubernetes_gate import Gate
from tests.runtime.kubernetes_world import KubernetesWorld, spec_of
from tests.runtime.waiting import phase, until
from tests.services.kubernetes_api import own

Make = Callable[..., KubernetesRuntime]


def is_watch(method: str, path: str) -> bool:
    return "watch=true" in path


def is_list(method: str, path: str) -> bool:
    return method == "GET" and "limit=" in path


@pytest.fixture
async def make(world: KubernetesWorld, gate: Gate) -> AsyncIterator[Make]:
    made: list[KubernetesRuntime] = []

    def runtime(relist_s: float = 300) -> KubernetesRuntime:
        options = KubernetesOptions(
            namespace=world.namespace, kubeconfig=gate.kubeconfig, request_timeout_s=3, relist_s=relist_s
        )
        made.append(KubernetesRuntime(options, cluster=world.cluster))
        return made[-1]

    yield runtime
    gate.open.set()
    for one in made:
        await one.close()


async def until_phase(news: Subscription, shard: int, wanted: Phase, within: float = 15) -> InstanceSeen:
    async with asyncio.timeout(within):
        while True:
            seen = await anext(news)
            if (seen.shard, seen.phase) == (shard, wanted):
                return seen


async def watching(gate: Gate, count: int = 1) -> None:
    async def is_watched() -> bool:
        return sum(is_watch(*request) for request in gate.requests) >= count

    await until(is_watched, 15)


async def test_a_crash_is_heard_of_at_once(world: KubernetesWorld, make: Make, gate: Gate) -> None:
    news = make().news()
    await watching(gate)
    await world.runtime.ensure(spec_of(3))
    await until_phase(news, 3, Phase.RUNNING)
    world.kubelet.asleep.set()
    pod = world.operator.get(f"{world.pods}/iota-dac-3")
    began = time.monotonic()
    world.kubelet.patch(f"{world.pods}/iota-dac-3/status", ended(pod, 137, "OOMKilled"))
    seen = await until_phase(news, 3, Phase.ENDED)
    assert time.monotonic() - began < 2
    assert "137 (SIGKILL, OOMKilled)" in seen.detail


async def test_what_ran_before_the_first_listener_is_news_to_it(world: KubernetesWorld, make: Make) -> None:
    await world.runtime.ensure(spec_of(3))
    await phase(world.runtime, 3, Phase.RUNNING)
    await until_phase(make().news(), 3, Phase.RUNNING)


async def test_a_pod_that_somebody_deletes_is_news(world: KubernetesWorld, make: Make, gate: Gate) -> None:
    await world.runtime.ensure(spec_of(3))
    await phase(world.runtime, 3, Phase.RUNNING)
    news = make().news()
    await watching(gate)
    world.operator.delete(f"{world.pods}/iota-dac-3", grace=0)
    assert "was deleted" in (await until_phase(news, 3, Phase.ENDED)).detail


async def test_changed_labels_are_no_news(world: KubernetesWorld, make: Make, gate: Gate) -> None:
    await world.runtime.ensure(spec_of(3))
    await phase(world.runtime, 3, Phase.RUNNING)
    news = make().news()
    await until_phase(news, 3, Phase.RUNNING)
    await watching(gate)
    # To a watch with a selector this looks like a pod that was deleted.
    none = dict.fromkeys((render.MANAGED_BY, render.CLUSTER, render.KIND))
    world.kubelet.patch(f"{world.pods}/iota-dac-3", {"metadata": {"labels": none}})
    await world.runtime.ensure(spec_of(4))
    async with asyncio.timeout(10):
        assert (await anext(news)).shard == 4


async def test_a_watch_from_too_long_ago_begins_with_a_new_list(tmp_path: Path) -> None:
    def long_ago(path: str) -> str:
        return "&".join("resourceVersion=1" if "resourceVersion=" in one else one for one in path.split("&"))

    api = own(tmp_path / "api")
    api.start()
    namespace = api.namespace()
    # The server that starts anew remembers no change from before.
    api.restart()
    gate = Gate(tmp_path / "gate", api.kubeconfig("admin"))
    options = KubernetesOptions(namespace=namespace, kubeconfig=gate.kubeconfig, relist_s=300)
    runtime = KubernetesRuntime(options, cluster="one")
    try:
        gate.fault(is_watch, rewrite=long_ago)
        news = runtime.news()
        await watching(gate, 2)
        assert sum(is_list(*request) for request in gate.requests) == 2
        await runtime.ensure(spec_of(3))
        await until_phase(news, 3, Phase.PENDING)
    finally:
        await runtime.close()
        gate.close()
        api.stop()


def event_without_metadata(cluster: str) -> bytes:
    entry = {"name": mark.VARIABLE, "value": str(mark.Mark(cluster, "Thing", 3, 1))}
    event = {"type": "ADDED", "object": {"spec": {"containers": [{"name": "worker", "env": [entry]}]}}}
    return json.dumps(event).encode() + b"\n"


@pytest.mark.parametrize(
    "body", [b"{]\n", b"[]\n", b'{"type": "ERROR", "object": {"code": 410}}\n', b'{"type"', b"a pod of ours"]
)
async def test_a_watch_that_makes_no_sense_begins_anew(
    world: KubernetesWorld, make: Make, gate: Gate, body: bytes
) -> None:
    if body == b"a pod of ours":
        body = event_without_metadata(world.cluster)
    gate.fault(is_watch, status=200, body=body, times=2)
    news = make().news()
    await watching(gate, 3)
    await world.runtime.ensure(spec_of(4))
    await until_phase(news, 4, Phase.RUNNING)


@pytest.mark.parametrize("status", [410, 429, 500, None])
async def test_a_watch_that_is_refused_begins_anew(
    world: KubernetesWorld, make: Make, gate: Gate, status: int | None
) -> None:
    gate.fault(is_watch, status=status, times=2)
    news = make().news()
    await watching(gate, 3)
    await world.runtime.ensure(spec_of(3))
    await until_phase(news, 3, Phase.RUNNING)


async def test_what_a_half_open_watch_kept_back_is_told_after_all(
    world: KubernetesWorld, make: Make, gate: Gate
) -> None:
    runtime = make(relist_s=1)
    news = runtime.news()
    await watching(gate)
    gate.open.clear()
    await world.runtime.ensure(spec_of(3))
    await phase(world.runtime, 3, Phase.RUNNING)

    async def is_troubled() -> bool:
        return bool(runtime.trouble)

    # Nothing ends the connection: only our own patience does.
    await until(is_troubled, 15)
    gate.open.set()
    await until_phase(news, 3, Phase.RUNNING)
    assert runtime.trouble == ""


async def test_a_watch_that_tells_nothing_is_outlived_by_the_timer(
    world: KubernetesWorld, make: Make, gate: Gate
) -> None:
    # The watch of another resource: it is open, and silent.
    gate.fault(is_watch, times=1000, rewrite=lambda path: path.replace("/pods", "/configmaps"))
    news = make(relist_s=1).news()
    await watching(gate)
    await world.runtime.ensure(spec_of(3))
    await until_phase(news, 3, Phase.RUNNING)
    await world.runtime.stop("Thing", 3, 1, grace_s=1)
    await until_phase(news, 3, Phase.ENDED)


async def test_closing_ends_a_watch_that_is_open(world: KubernetesWorld, make: Make, gate: Gate) -> None:
    runtime = make()
    news = runtime.news()
    await watching(gate)
    await world.runtime.ensure(spec_of(3))
    await until_phase(news, 3, Phase.RUNNING)
    began = time.monotonic()
    await runtime.close()
    # Its own limit is three seconds.
    assert time.monotonic() - began < 2.5
    assert all([seen.shard == 3 async for seen in news])
