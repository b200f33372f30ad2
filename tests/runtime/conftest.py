"""Process runtimes in a temporary directory, and pods in a namespace; all is ended with the test."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.runtime import host, mark
from orchestrator.runtime.process import ProcessRuntime
from tests.runtime.kubernetes_gate import Gate
from tests.runtime.kubernetes_world import KubernetesWorld

Make = Callable[[], ProcessRuntime]


def end_all(cluster: str) -> None:
    """Kill every process that carries the mark of this cluster, which only one test ever used."""

    def ours(text: str) -> bool:
        found = mark.parse(text)
        return found is not None and found.cluster.rpartition("@")[0] == cluster

    for pid, _ in host.with_variable(mark.VARIABLE, ours):
        process = host.look_up(pid)
        if process is not None and not process.is_zombie:
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def cluster(tmp_path: Path) -> str:
    return f"test-{os.getpid()}-{tmp_path.name}"


@pytest.fixture
async def make_runtime(tmp_path: Path, cluster: str) -> AsyncIterator[Make]:
    made: list[ProcessRuntime] = []

    def make() -> ProcessRuntime:
        made.append(ProcessRuntime(tmp_path / "data", cluster=cluster))
        return made[-1]

    yield make
    for runtime in made:
        await runtime.close()
    end_all(cluster)


@pytest.fixture
def runtime(make_runtime: Make) -> ProcessRuntime:
    return make_runtime()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[KubernetesWorld]:
    """A namespace of the real API, and the runtime that keeps its pods there."""
    world = KubernetesWorld(tmp_path, f"test-{os.getpid()}-{tmp_path.name}")
    yield world
    await world.close()


@pytest.fixture
def gate(world: KubernetesWorld, tmp_path: Path) -> Iterator[Gate]:
    """A way to the same API on which faults can be met."""
    assert world.options.kubeconfig is not None
    gate = Gate(tmp_path / "gate", world.options.kubeconfig)
    yield gate
    gate.close()
