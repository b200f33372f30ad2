"""The Kubernetes API forgets what it was asked to remember: a watch cannot go on where it was."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from typing import Any
from urllib.request import Request, urlopen

from tests.chaos.scenario import Scenario
from tests.chaos.sight import Sight
from tests.product.processes import until

JUNK = 40
WATCHED_S = 15.0


def list_410(sight: Sight) -> str:
    running = sight.world.mix.running["kubernetes"]
    api, namespace = running.service.api, running.settings["runtime"]["kubernetes"]["namespace"]
    path = f"/api/v1/namespaces/{namespace}/pods"
    before, uids = sight.incarnations(), _uids(sight)
    old = api.operator.find(path)["metadata"]["resourceVersion"]
    api.kill()
    time.sleep(3.0)
    _forget(api.server.etcd_url)
    api.restart()
    told = api.operator.text(f"{path}?watch=1&resourceVersion={old}&timeoutSeconds=2")
    assert '"code":410' in told, told[:300]
    began = time.monotonic()
    while time.monotonic() - began < WATCHED_S:
        assert _uids(sight) == uids, "a pod was deleted or made"
        time.sleep(0.5)
    assert sight.incarnations() == before, "an instance was replaced"
    # What is watched again is seen again.
    pid = sight.pids("Thing")[0]
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    until(lambda: sight.incarnations() != before, 30.0, what="the end of a pod is seen")
    took = time.monotonic() - began
    return f"410 for what was watched; {len(uids)} pods as before; then a pod's end seen in {took:.1f} s"


def _uids(sight: Sight) -> set[str]:
    return {pod["metadata"]["uid"] for pod in sight.pods()}


def _forget(etcd: str) -> None:
    """New revisions of something else, and nothing known of the old ones."""
    for number in range(JUNK):
        _etcd(etcd, "put", {"key": _text("/chaos"), "value": _text(str(number))})
    revision = _etcd(etcd, "range", {"key": _text("/chaos")})["header"]["revision"]
    _etcd(etcd, "compaction", {"revision": revision, "physical": True})


def _etcd(url: str, verb: str, body: dict[str, Any]) -> Any:
    request = Request(f"{url}/v3/kv/{verb}", data=json.dumps(body).encode(), method="POST")
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _text(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LIST_410 = Scenario(
    name="list-410-no-delete",
    did="kube-apiserver killed, etcd compacted beyond what was watched, kube-apiserver started",
    run=list_410,
    unserved_s=45.0,
)
