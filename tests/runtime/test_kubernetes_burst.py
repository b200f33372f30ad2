"""Many instances at once, against a bare loop of the official client on the same API."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration, CoreV1Api
from kubernetes.config import load_kube_config

from orchestrator.ports import Phase, Started
from tests.runtime.kubelet import ended, template
from tests.runtime.kubernetes_world import KubernetesWorld, spec_of

MANY = 100
AT_MOST = 1.5
SPARE_S = 1.0
"""The machine may be busy with one and not with the other."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[KubernetesWorld]:
    world = KubernetesWorld(tmp_path, f"test-{os.getpid()}-{tmp_path.name}")
    world.kubelet.asleep.set()
    yield world
    await world.close()


def bare_loop(world: KubernetesWorld, *, replaces: bool) -> float:
    """Seconds that the official client takes, one pod after the other."""
    configuration = Configuration()
    load_kube_config(str(world.options.kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]
    client = ApiClient(configuration)
    api = CoreV1Api(client)
    began = time.monotonic()
    for shard in range(MANY):
        pod = json.loads(template())
        pod["metadata"]["name"] = f"bare-{shard}"
        if replaces:
            api.delete_namespaced_pod(pod["metadata"]["name"], world.namespace)
        api.create_namespaced_pod(world.namespace, pod)
    took = time.monotonic() - began
    client.close()  # type: ignore[no-untyped-call]
    return took


async def all_of(world: KubernetesWorld, incarnation: int) -> float:
    began = time.monotonic()
    specs = [spec_of(shard, incarnation) for shard in range(MANY)]
    assert await asyncio.gather(*map(world.runtime.ensure, specs)) == [Started()] * MANY
    return time.monotonic() - began


async def end_all(world: KubernetesWorld) -> None:
    for pod in world.operator.get(world.pods)["items"]:
        path = f"{world.pods}/{pod['metadata']['name']}/status"
        await asyncio.to_thread(world.kubelet.patch, path, ended(pod, 1))
    assert {seen.phase for seen in await world.runtime.observe("Thing")} == {Phase.ENDED}


async def test_a_hundred_starts_at_once_keep_up_with_a_bare_loop(world: KubernetesWorld) -> None:
    ours = await all_of(world, 1)
    bare = await asyncio.to_thread(bare_loop, world, replaces=False)
    assert ours <= AT_MOST * bare + SPARE_S


async def test_a_hundred_replacements_at_once_keep_up_with_a_bare_loop(world: KubernetesWorld) -> None:
    await all_of(world, 1)
    await asyncio.to_thread(bare_loop, world, replaces=False)
    await end_all(world)
    ours = await all_of(world, 2)
    bare = await asyncio.to_thread(bare_loop, world, replaces=True)
    assert ours <= AT_MOST * bare + SPARE_S
