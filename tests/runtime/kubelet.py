"""The part of a kubelet and of a scheduler, played against the real API: no process runs, statuses change.

What a pod does is said by its annotations: ``deaf`` outlives being asked to stop until its grace is over,
``ends`` writes that line and exits with code 3.
"""

from __future__ import annotations

import atexit
import json
import ssl
import tempfile
import threading
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from tests.services.certificates import Authority
from tests.services.kubernetes_client import Operator

Pod = dict[str, Any]

EVERY_S = 0.03
FAILED = 3


@cache
def certificate() -> tuple[Path, Path]:
    """An authority, and a certificate of it with its key, for servers on the loopback."""
    folder = tempfile.TemporaryDirectory(prefix="played-")
    atexit.register(folder.cleanup)
    authority = Authority(Path(folder.name))
    return authority.ca, authority.vouch("played", "IP:127.0.0.1")


class Kubelet:
    """A node of its own, for the pods of one namespace. ``start`` and ``stop`` are the caller's to pair."""

    def __init__(self, operator: Operator, namespace: str) -> None:
        self.node = f"node-{namespace}"
        self.asleep = threading.Event()
        self._operator = operator
        self._pods = f"/api/v1/namespaces/{namespace}/pods"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._logs = _logs(self._log)

    def start(self) -> None:
        threading.Thread(target=self._logs.serve_forever, args=(0.05,), daemon=True).start()
        node = {"metadata": {"name": self.node}}
        self._operator.create("/api/v1/nodes", node)
        port = self._logs.server_address[1]
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "conditions": [{"type": "Ready", "status": "True"}],
        }
        self.patch(f"/api/v1/nodes/{self.node}/status", {"status": status})
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10)
        self._logs.shutdown()
        self._logs.server_close()
        self._operator.delete(f"/api/v1/nodes/{self.node}")

    def patch(self, path: str, body: Pod) -> Pod:
        return self._operator.ask("PATCH", path, body, "application/merge-patch+json")

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            if self.asleep.is_set():
                continue
            # The API may be away, or the test may have changed the pod meanwhile: look again.
            with suppress(HTTPError, URLError, OSError):
                for pod in self._operator.get(self._pods)["items"]:
                    self._see_to(pod)

    def _see_to(self, pod: Pod) -> None:
        metadata, phase = pod["metadata"], pod["status"]["phase"]
        path = f"{self._pods}/{metadata['name']}"
        if not pod["spec"].get("nodeName"):
            target = {"target": {"kind": "Node", "name": self.node}, "metadata": {"name": metadata["name"]}}
            self._operator.create(f"{path}/binding", target)
        elif "deletionTimestamp" in metadata:
            if "deaf" in _does(pod) and _now() < datetime.fromisoformat(metadata["deletionTimestamp"]):
                return
            if phase == "Running":
                self.patch(f"{path}/status", ended(pod, 137 if "deaf" in _does(pod) else 143))
            body = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
            self._operator.ask("DELETE", path, body)
        elif phase == "Pending":
            self.patch(f"{path}/status", running(pod))
        elif phase == "Running" and "ends" in _does(pod):
            self.patch(f"{path}/status", ended(pod, FAILED))

    def _log(self, name: str, lines: int) -> str:
        pod = self._operator.get(f"{self._pods}/{name}")
        said = [f"line {number}" for number in range(50)]
        return "\n".join([*said, *([_does(pod)["ends"]] if "ends" in _does(pod) else [])][-lines:]) + "\n"


def running(pod: Pod) -> Pod:
    conditions = [{"type": kind, "status": "True"} for kind in ("PodScheduled", "ContainersReady", "Ready")]
    state = {"running": {"startedAt": _written(_now())}}
    statuses = _statuses(pod, state)
    return {"status": {"phase": "Running", "conditions": conditions, "containerStatuses": statuses}}


def ended(pod: Pod, code: int, reason: str = "Error") -> Pod:
    state = {"terminated": {"exitCode": code, "reason": reason, "finishedAt": _written(_now())}}
    phase = "Failed" if code else "Succeeded"
    return {"status": {"phase": phase, "containerStatuses": _statuses(pod, state)}}


def _statuses(pod: Pod, state: Pod) -> list[Pod]:
    return [
        {
            "name": one["name"],
            "image": one["image"],
            "imageID": "",
            "ready": "running" in state,
            "restartCount": 0,
            "state": state,
        }
        for one in pod["spec"]["containers"]
    ]


def _does(pod: Pod) -> dict[str, str]:
    return pod["metadata"].get("annotations") or {}


def _now() -> datetime:
    return datetime.now(UTC)


def _written(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _logs(read: Any) -> ThreadingHTTPServer:
    """Where the API server asks a kubelet for the log of a container."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            options = dict(part.partition("=")[::2] for part in query.split("&") if part)
            data = read(path.split("/")[3], int(options.get("tailLines", "1000"))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate()[1])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def template(annotations: dict[str, str] | None = None, **spec: object) -> str:
    """A pod that the API takes as it is."""
    container = {"name": "worker", "image": "worker:1", "command": ["sleep", "300"]}
    wanted = {"restartPolicy": "Never", "containers": [container], **spec}
    return json.dumps(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": annotations or {}}, "spec": wanted}
    )
