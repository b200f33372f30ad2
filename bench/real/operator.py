"""Somebody else's hand in Kubernetes, in a process of its own: lets pods fail, and creates pods in a loop."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kubernetes.client import ApiClient, Configuration, CoreV1Api
from kubernetes.config import load_kube_config

THREADS = 8
WARM_UP = 10


def main() -> None:
    told = json.load(sys.stdin)
    configuration = Configuration()
    load_kube_config(config_file=told["engines"]["kubeconfig"], client_configuration=configuration)
    api = CoreV1Api(ApiClient(configuration))
    namespace = told["engines"]["namespace"]
    if "raw" in told:
        answer = {"took": _created(api, namespace, told["bare"], told["raw"])}
    else:
        answer = {
            "done": _failed(api, namespace, told["shards"], told["pid"] if told.get("at_once") else None)
        }
    print(json.dumps(answer))


def _failed(api: CoreV1Api, namespace: str, names: Sequence[str], pid: int | None) -> float:
    """Let the pods fail; ``pid`` stands still meanwhile, so that it sees all at once. Gives when all had."""
    if pid is not None:
        os.kill(pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(lambda name: api.patch_namespaced_pod_status(name, namespace, _END), names))
        return time.perf_counter()
    finally:
        if pid is not None:
            os.kill(pid, signal.SIGCONT)


def _created(api: CoreV1Api, source: str, namespace: str, count: int) -> float:
    """Seconds of a plain loop that creates so many pods like those of the source."""
    like = api.list_namespaced_pod(source).items[0]
    pod: dict[str, Any] = api.api_client.sanitize_for_serialization(like)
    spec = {
        name: value
        for name, value in pod["spec"].items()
        if name not in ("serviceAccountName", "serviceAccount")
    }
    bodies = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"raw-{number}", "labels": pod["metadata"].get("labels", {})},
            "spec": spec,
        }
        for number in range(count + WARM_UP)
    ]
    for body in bodies[:WARM_UP]:
        api.create_namespaced_pod(namespace, body)
    begun = time.perf_counter()
    for body in bodies[WARM_UP:]:
        api.create_namespaced_pod(namespace, body)
    return time.perf_counter() - begun


_END = {"status": {"phase": "Failed", "reason": "Crashed", "message": "the benchmark says so"}}


if __name__ == "__main__":
    main()
