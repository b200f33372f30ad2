"""What has to be known of a namespace before pods are created in it: our rights, and the room left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.errors import Unavailable
from orchestrator.runtime.kubernetes_fit import Wanted, fits
from orchestrator.runtime.kubernetes_link import Answer, Link
from orchestrator.runtime.kubernetes_options import KubernetesOptions
from orchestrator.runtime.kubernetes_pods import Pods
from orchestrator.runtime.template import Manifest

FORBIDDEN, NOT_FOUND = 403, 404

NEEDED = (
    ("get", "pods", ""),
    ("list", "pods", ""),
    ("watch", "pods", ""),
    ("create", "pods", ""),
    ("delete", "pods", ""),
    ("get", "pods", "log"),
)
"""Verb, resource and subresource of everything that the runtime cannot do without."""

LEVEL = "pod-security.kubernetes.io/enforce"


@dataclass(frozen=True, slots=True)
class Namespace:
    """``level``: the Pod Security level that pods must keep to (``restricted``); empty: none is known.

    ``unread``: what we may not read, so that nothing is said of it.
    """

    level: str
    quotas: tuple[dict[str, Any], ...]
    ranges: tuple[dict[str, Any], ...]
    unread: tuple[str, ...]


class KubernetesAccess:
    """Asks with the options of the runtime. Every call raises Unavailable."""

    def __init__(self, options: KubernetesOptions) -> None:
        self._options = options
        self._link = Link(options)
        self._pods = Pods(self._link, options, cluster="")

    async def check(self) -> list[str]:
        """What we lack to run instances in the namespace, in sentences; empty when nothing."""
        return await self._link.call(self._check)

    async def measuring(self) -> list[str]:
        """Why what pods use cannot be measured, in sentences; empty when it can, one way or the other."""
        return await self._link.call(self._measuring)

    async def namespace(self) -> Namespace:
        """The bounds that the namespace sets to pods."""
        return await self._link.call(self._namespace)

    async def fits(self, wanted: Sequence[Wanted]) -> list[str]:
        """Why pods that are still to be created would not be, in sentences; empty when none is known.

        Their number is held against the quotas; one of each is shown to the API, which creates nothing.
        """
        bounds = await self.namespace()
        said = fits(wanted, bounds.quotas, bounds.ranges)
        for one in wanted:
            if one.instances > 0 and (refused := await self._link.call(self._try, one.manifest)):
                said.append(f"The API refuses a pod of {one.kind}: {refused}")
        return said

    async def close(self) -> None:
        await self._link.close()

    def _check(self) -> list[str]:
        lacking: list[str] = []
        for verb, resource, subresource in NEEDED:
            if not self._may(verb, resource, subresource):
                what = f"{resource}/{subresource}" if subresource else resource
                lacking.append(
                    f"Kubernetes does not let us {verb} {what} in namespace {self._options.namespace}:"
                    f" its RBAC needs a role with that verb (deploy/kubernetes/base/rbac.yaml)."
                )
        answer = self._link.ask("GET", f"/api/v1/namespaces/{self._options.namespace}")
        if answer.status == NOT_FOUND:
            lacking.append(f"There is no namespace {self._options.namespace}: {answer.said}.")
        return lacking

    def _measuring(self) -> list[str]:
        served = self._link.ask("GET", "/apis/metrics.k8s.io/v1beta1").is_good
        if (served and self._may("list", "pods", "", group="metrics.k8s.io")) or self._may(
            "get", "nodes", "proxy", everywhere=True
        ):
            return []
        here = "" if served else ", which this cluster does not serve"
        return [
            f"We may neither list pods of metrics.k8s.io in namespace {self._options.namespace}{here},"
            f" nor get nodes/proxy: the cpu and memory of pods are not measured, only what workers report."
        ]

    def _may(
        self, verb: str, resource: str, subresource: str, *, group: str = "", everywhere: bool = False
    ) -> bool:
        attributes = {"verb": verb, "resource": resource, "group": group}
        if not everywhere:
            attributes["namespace"] = self._options.namespace
        if subresource:
            attributes["subresource"] = subresource
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = self._link.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", (), body)
        if not answer.is_good:
            raise Unavailable(f"our rights are not known: {answer.said}")
        return bool(answer.body.get("status", {}).get("allowed"))

    def _namespace(self) -> Namespace:
        name = self._options.namespace
        found = {
            what: self._read(path)
            for what, path in (
                ("the namespace", f"/api/v1/namespaces/{name}"),
                ("its quotas", f"/api/v1/namespaces/{name}/resourcequotas"),
                ("its limit ranges", f"/api/v1/namespaces/{name}/limitranges"),
            )
        }
        labels = found["the namespace"].body.get("metadata", {}).get("labels") or {}
        return Namespace(
            level=labels.get(LEVEL, ""),
            quotas=tuple(found["its quotas"].body.get("items") or ()),
            ranges=tuple(found["its limit ranges"].body.get("items") or ()),
            unread=tuple(what for what, answer in found.items() if not answer.is_good),
        )

    def _read(self, path: str) -> Answer:
        answer = self._link.ask("GET", path)
        if not answer.is_good and answer.status not in (FORBIDDEN, NOT_FOUND):
            raise Unavailable(f"{path} was not read: {answer.said}")
        return answer

    def _try(self, manifest: Manifest) -> str:
        metadata = {key: value for key, value in manifest.get("metadata", {}).items() if key != "name"}
        pod = {**manifest, "metadata": {**metadata, "generateName": "shardwright-fits-"}}
        answer = self._pods.create(pod, dry=True)
        # Room is judged for all of them, not for one.
        if answer.status not in (400, FORBIDDEN, 422) or "exceeded quota" in answer.said:
            return ""
        return answer.said
