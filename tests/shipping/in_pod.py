"""The product as its chart installs it: orchestrators in pods, and the workers that they make."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from notify.endpoint import Endpoint
from orchestrator.demo import DemoTarget
from shardwright_worker.audit import Report, audit, read_ledgers
from shardwright_worker.holds import History
from tests.services.helm import Helm, Object
from tests.services.kubernetes_client import Operator
from tests.services.kubernetes_namespaces import ADMIN
from tests.services.kubernetes_worker import USER
from tests.shipping.chart import CHART, NAMESPACE, WORKERS
from tests.shipping.in_pod_services import Services
from tests.shipping.in_pod_templates import LEDGER, claim, volume
from tests.shipping.in_pod_values import (
    INSTANCES,
    NAME,
    PASSWORD,
    PORT,
    REPLICAS,
    account_of_workers,
    plain,
    secrets,
    values,
)

TOKEN = "var/run/secrets/kubernetes.io/serviceaccount/token"
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Secret": "/api/v1/namespaces/{}/secrets",
}
LEVEL = "pod-security.kubernetes.io/enforce"


class Installation:
    """``start`` installs the chart, and returns before its pods run. Raises RuntimeError and Refused.

    ``folder``: new, and one that any user may enter.
    """

    def __init__(self, folder: Path) -> None:
        self.services = Services(folder)
        self.operator = self.services.cluster.api.operator
        self._folder = folder
        self._ledger = folder / LEDGER
        self._cookie = ""

    def start(self) -> None:
        self.services.start()
        labels = {LEVEL: "restricted"}
        self._create(plain("Namespace", NAMESPACE, {"labels": labels}), *secrets(self.services))
        self._volumes()
        helm = Helm(self._folder, self.services.cluster.api.kubeconfig(ADMIN))
        helm("install", NAME, str(CHART), "--namespace", NAMESPACE, values=values(self.services))
        self._create(claim(LEDGER, WORKERS, "ReadWriteMany"), account_of_workers())

    def stop(self) -> None:
        """End it all. May be repeated."""
        self.services.stop()

    # --- what runs ---

    def servers(self) -> list[Object]:
        return self._pods(NAMESPACE)

    def workers(self) -> list[Object]:
        return self._pods(WORKERS)

    def leader(self) -> Object | None:
        """The pod of the server that leads, where one says so."""
        return next((pod for pod in self.servers() if self._leads(pod)), None)

    def is_ready(self) -> bool:
        """Whether Kubernetes counts all servers as ready."""
        found = self.operator.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets/{NAME}")
        return bool(found["status"].get("readyReplicas", 0) == REPLICAS)

    def account(self, pod: Object, folder: Path) -> Operator:
        """Who signs in with the token that the first process of this pod finds. ``folder``: for its file."""
        pid = self.services.cluster.node.processes(pod)[0]
        token = Path(f"/proc/{pid}/root", TOKEN).read_text()
        config = json.loads(self.services.cluster.api.kubeconfig(ADMIN).read_text())
        config["users"][0]["user"] = {"token": token}
        kubeconfig = folder / "account.kubeconfig"
        kubeconfig.write_text(json.dumps(config))
        return Operator(kubeconfig)

    def config(self) -> str:
        """The configuration of the servers, as the chart wrote it."""
        found = self.operator.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps/{NAME}-config")
        return str(found["data"]["config.yaml"])

    # --- what it says ---

    def get(self, path: str, pod: Object | None = None) -> Any:
        """What a server answers to the user admin. Raises OSError where none does."""
        one = pod or next(iter(self.servers()), None)
        if one is None:
            raise ConnectionRefusedError("there is no server")
        if not self._cookie:
            body = json.dumps({"name": "admin", "password": PASSWORD})
            _, self._cookie = self._ask(one, "POST", "/v1/api/session", body)
        return json.loads(self._ask(one, "GET", path)[0])

    def alarms(self, kind: str) -> list[str]:
        found: list[str] = self.get(f"/v1/api/kinds/{kind}")["alarms"]
        return found

    def said(self) -> str:
        """The ends of the servers' logs, for the message of a failure."""
        path = f"/api/v1/namespaces/{NAMESPACE}/pods"
        return "\n".join(
            self.operator.text(f"{path}/{pod['metadata']['name']}/log?tailLines=15") for pod in self.servers()
        )

    # --- catalog and ledgers ---

    def demo_target(self) -> DemoTarget:
        broker = self.services.mosquitto
        endpoint = Endpoint(
            host=broker.host, port=broker.port, username=broker.username, password=broker.password
        )
        return DemoTarget(catalog_url=self.services.postgres.url, endpoint=endpoint)

    def catalog_ids(self, kind: str) -> frozenset[str]:
        engine = create_engine(self.services.postgres.url)
        try:
            with engine.connect() as connection:
                return frozenset(connection.execute(text(f'SELECT id FROM "{kind}"')).scalars())
        finally:
            engine.dispose()

    def audit(self, kind: str, expected: Collection[str] = ()) -> Report:
        """Who serves what by the workers' own ledgers."""
        return audit(self.histories(kind), expected=expected)

    def histories(self, kind: str) -> list[History]:
        return list(read_ledgers(self._ledger, kind=kind))

    def misserved(self) -> dict[str, list[str]]:
        """What is wrong now by the ledgers; empty: exactly the ids of the catalog, each by one process."""
        wrong: dict[str, list[str]] = {}
        for kind in INSTANCES:
            expected = self.catalog_ids(kind)
            report = self.audit(kind, expected)
            served = report.served.get(kind, {}).keys()
            wrong[f"{kind} unserved"] = list(report.unserved)[:5]
            wrong[f"{kind} double"] = [id for _, id in report.double_now][:5]
            wrong[f"{kind} nobody's"] = sorted(served - expected)[:5]
        return {name: ids for name, ids in wrong.items() if ids}

    # --- how it is installed ---

    def _create(self, *objects: Object) -> None:
        for one in objects:
            namespace = one["metadata"].get("namespace", NAMESPACE)
            self.operator.create(PATHS[one["kind"]].format(namespace), one)

    def _volumes(self) -> None:
        self._ledger.mkdir()
        # The user of the pods is nobody of this machine.
        self._ledger.chmod(0o777)
        wanted = {"namespace": WORKERS, "name": LEDGER}
        self._create(volume(LEDGER, self._ledger, wanted, "ReadWriteMany"))
        for number in range(REPLICAS):
            name = f"data-{NAME}-{number}"
            data = self._folder / name
            data.mkdir(mode=0o700)
            os.chown(data, USER, USER)
            wanted = {"namespace": NAMESPACE, "name": name}
            self._create(volume(name, data, wanted, "ReadWriteOnce"))

    def _pods(self, namespace: str) -> list[Object]:
        found: list[Object] = self.operator.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        return [pod for pod in found if pod["status"].get("phase") == "Running"]

    def _leads(self, pod: Object) -> bool:
        try:
            # Of this very server: what else is asked of a follower the leader answers.
            return bool(self.get("/readyz?verbose", pod)["standing"]["leads"])
        except (OSError, KeyError, http.client.HTTPException):
            return False

    def _ask(self, pod: Object, method: str, path: str, body: str | None = None) -> tuple[bytes, str]:
        """The answer, and what it sets as a cookie. Raises OSError when it is not one that was hoped for."""
        name = f"{pod['metadata']['name']}.{NAME}-replicas.{NAMESPACE}.svc.cluster.local"
        trusted = ssl.create_default_context(cafile=str(self.services.authority.ca))
        headers = {"Content-Type": "application/json"} if body else {}
        if self._cookie:
            headers["Cookie"] = self._cookie
        with closing(http.client.HTTPSConnection(name, PORT, context=trusted)) as connection:
            # This machine does not know the names of the cluster.
            plain = socket.create_connection((pod["status"]["podIP"], PORT), timeout=10)
            connection.sock = trusted.wrap_socket(plain, server_hostname=name)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status >= 300:
                raise OSError(f"{method} {path}: {answer.status} {said[:300]!r}")
            return said, (answer.getheader("Set-Cookie") or "").partition(";")[0]
