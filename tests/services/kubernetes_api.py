"""The real Kubernetes API for tests: a cluster that is given, or kube-apiserver on an etcd of its own.

No node, scheduler or controller runs with it: a pod stays Pending, its deletion is immediate, and nobody
empties a namespace that is deleted. ``kubernetes_node`` adds them.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.services.kubernetes_namespaces import ADMIN, Namespaces
from tests.services.kubernetes_server import USERS, KubernetesServer
from tests.services.kubernetes_server import absent as no_program
from tests.services.require import missing

GIVEN = "SHARDWRIGHT_TEST_KUBERNETES"
"""Path of the kubeconfig of a cluster in which tests may make namespaces of their own."""


class KubernetesApi(Namespaces):
    """etcd and kube-apiserver in ``folder``. ``start`` returns when it serves, or raises RuntimeError.

    ``users``: who may sign in, each with the groups that it is in; RBAC decides what it may do.
    ``pause``, ``resume`` and ``kill`` befall the API server, not etcd.
    """

    def __init__(self, folder: Path, users: Mapping[str, tuple[str, ...]] = USERS) -> None:
        self.server = KubernetesServer(folder, users)
        super().__init__(self.server.kubeconfig)
        self.url = self.server.url
        self.ca = self.server.ca

    def start(self) -> None:
        self.server.start()

    def pause(self) -> None:
        self.server.pause()

    def resume(self) -> None:
        self.server.resume()

    def kill(self) -> None:
        self.server.kill()

    def restart(self) -> None:
        """Kill it and start it again on the same port with its objects; returns when it serves."""
        self.server.restart()

    def stop(self) -> None:
        self.server.stop()


class GivenCluster(Namespaces):
    """A cluster that runs already; its only user is ``admin``, the one of the kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        super().__init__(self._of)
        self.url = self.operator.url

    def _of(self, user: str) -> Path:
        if user != ADMIN:
            missing("Kubernetes", f"the cluster of {GIVEN} has no user {user}")
        return self._kubeconfig


def shared() -> KubernetesApi | GivenCluster:
    """One for all tests of this process, each in a namespace of its own; skips the test where there is none.

    ``url``, ``kubeconfig(user)``, ``namespace(stem)`` and ``operator`` are common to both.
    """
    given = os.environ.get(GIVEN)
    if given:
        return _given(Path(given))
    reason = no_program()
    if reason is not None:
        missing("Kubernetes", f"no kubeconfig in {GIVEN}; {reason}")
    return _started()


def own(folder: Path, users: Mapping[str, tuple[str, ...]] = USERS) -> KubernetesApi:
    """One for a single test that pauses, kills or fills it, not started yet; skips where there is none."""
    reason = no_program()
    if reason is not None:
        missing("a Kubernetes API to pause and kill", reason)
    return KubernetesApi(folder, users)


@cache
def _given(kubeconfig: Path) -> GivenCluster:
    cluster = GivenCluster(kubeconfig)
    atexit.register(cluster.remove_namespaces)
    return cluster


@cache
def _started() -> KubernetesApi:
    folder = tempfile.TemporaryDirectory(prefix="kubernetes-")
    api = KubernetesApi(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(api.stop)
    api.start()
    return api
