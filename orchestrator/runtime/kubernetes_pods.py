"""The requests on pods that we make, and no others. Blocking; on the link's threads."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.errors import Unavailable
from orchestrator.runtime.kubernetes_identity import Pod, identity
from orchestrator.runtime.kubernetes_link import Answer, Link
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.kubernetes_phase import Found, Node, found, node_in_doubt, node_of, version
from orchestrator.runtime.template import Manifest

MAX_LISTS = 3
"""How often a list is begun anew whose later pages are no longer to be had."""

_NOT_BEGUN = re.compile("waiting to start|does not have a host assigned")

FORBIDDEN, NOT_FOUND, CONFLICT, GONE = 403, 404, 409, 410


@dataclass(frozen=True, slots=True)
class Census:
    """All pods of ours at one moment of the cluster, which ``version`` names."""

    version: int
    pods: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods of one namespace. ``cluster``: which of them are ours. Every call raises Unavailable."""

    link: Link
    options: KubernetesOptions
    cluster: str
    wall: Callable[[], float] = time.time

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.options.namespace}/pods"

    def create(self, manifest: Manifest, *, dry: bool = False) -> Answer:
        """The API's answer whatever it is. A field that it does not know is refused, not dropped."""
        query = [("fieldValidation", "Strict"), ("fieldManager", "shardwright")]
        return self.link.ask("POST", self.path, [*query, ("dryRun", "All")] if dry else query, manifest)

    def get(self, name: str) -> Pod | None:
        answer = self.link.ask("GET", f"{self.path}/{name}")
        if answer.status == NOT_FOUND:
            return None
        return self._good(answer, f"pod {name} was not read").body

    def delete(self, name: str, uid: str, *, grace_s: float | None = None) -> bool:
        """Ask exactly this pod to end; False when it is gone already, whatever has its name now.

        ``grace_s`` None: as the pod says. Never 0, which forgets a pod whose processes may go on.
        """
        return self._delete(name, uid, None if grace_s is None else max(1, math.ceil(grace_s)))

    def forget(self, name: str, uid: str) -> bool:
        """Remove the object of exactly this pod without waiting for its processes, which may go on."""
        return self._delete(name, uid, 0)

    def census(self) -> Census:
        """A complete quorum read, begun after the call.

        Without a selector: a pod whose labels somebody changed would not be in the answer, and runs.
        """
        for _ in range(MAX_LISTS):
            listed = self._pages()
            if listed is not None:
                at, pods = listed
                ours = tuple(self._with_nodes(pods))
                if not ours:
                    self._require_namespace()
                return Census(at, ours)
        raise Unavailable("the pods were not listed: their pages expired again and again")

    def namespace_uid(self) -> str:
        """What tells this namespace from any other of the same name; empty where we may not read it."""
        answer = self.link.ask("GET", f"/api/v1/namespaces/{self.options.namespace}")
        if answer.status == FORBIDDEN:
            return ""
        return str(self._good(answer, "the namespace was not read").body.get("metadata", {}).get("uid", ""))

    def log(self, name: str, container: str, lines: int) -> list[str]:
        query = [("tailLines", str(lines)), *([("container", container)] if container else [])]
        answer = self.link.ask("GET", f"{self.path}/{name}/log", query)
        if answer.status == NOT_FOUND or (answer.status == 400 and _NOT_BEGUN.search(answer.said)):
            return []
        return self._good(answer, f"the log of pod {name} was not read").text.splitlines()

    def _delete(self, name: str, uid: str, grace: int | None) -> bool:
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        if grace is not None:
            body["gracePeriodSeconds"] = grace
        answer = self.link.ask("DELETE", f"{self.path}/{name}", (), body)
        # With a precondition and no version, a conflict is nothing but another UID.
        if answer.status in (NOT_FOUND, CONFLICT):
            return False
        self._good(answer, f"pod {name} was not deleted")
        return True

    def _pages(self) -> tuple[int, list[Pod]] | None:
        pods: list[Pod] = []
        after = ""
        while True:
            query = [("limit", str(self.options.page)), *([("continue", after)] if after else [])]
            answer = self.link.ask("GET", self.path, query)
            if answer.status == GONE and after:
                return None
            body = self._good(answer, "the pods were not listed").body
            if not isinstance(body.get("items"), list):
                raise Unavailable("the pods were not listed: the answer is no list")
            pods += body["items"]
            metadata = body.get("metadata", {})
            after = metadata.get("continue", "")
            if not after:
                return version(metadata.get("resourceVersion")), pods

    def _require_namespace(self) -> None:
        """The list of a namespace that does not exist is empty, and says nothing of where the pods are."""
        answer = self.link.ask("GET", f"/api/v1/namespaces/{self.options.namespace}")
        if answer.status == NOT_FOUND:
            raise Unavailable(f"the pods were not listed: {answer.said}")

    def _with_nodes(self, pods: list[Pod]) -> Iterator[Found]:
        now = self.wall()
        nodes: dict[str, Node] = {}
        for pod in pods:
            whose = identity(pod, self.cluster)
            if whose is None:
                continue
            name = node_in_doubt(pod, now)
            if name is not None and name not in nodes:
                nodes[name] = self._node(name)
            yield found(pod, whose, nodes.get(name or ""))

    def _node(self, name: str) -> Node:
        answer = self.link.ask("GET", f"/api/v1/nodes/{name}")
        if answer.status == NOT_FOUND:
            return Node.GONE
        return node_of(answer.body) if answer.is_good else Node.HIDDEN

    @staticmethod
    def _good(answer: Answer, what: str) -> Answer:
        if not answer.is_good:
            raise Unavailable(f"{what}: {answer.said}")
        return answer
