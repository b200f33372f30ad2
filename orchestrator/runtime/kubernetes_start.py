"""Has a pod exist under the name of its shard, and says who has the name where it cannot. Blocking."""

from __future__ import annotations

import time
from collections.abc import Iterable

from orchestrator.errors import Unavailable
from orchestrator.ports import EnsureResult, InstanceSpec, Occupied, Phase, Rejected, Started
from orchestrator.runtime.kubernetes_identity import Pod, identity
from orchestrator.runtime.kubernetes_phase import Found, found
from orchestrator.runtime.kubernetes_pods import Pods
from orchestrator.runtime.kubernetes_refusal import rejected
from orchestrator.runtime.template import Manifest

MAX_CREATES = 3
"""How often a pod is created where one that has ended is in the way."""

Result = tuple[EnsureResult, Found | None]
"""With the pod that has the name now, where it is one of ours."""


def start(pods: Pods, spec: InstanceSpec, manifest: Manifest, over: Iterable[Found]) -> Result:
    """``over``: pods known to have ended under this name, which would only be found in the way.

    Raises Unavailable.
    """
    name = manifest["metadata"]["name"]
    latest = time.monotonic() + pods.options.request_timeout_s
    for one in over:
        pods.delete(one.name, one.seen.uid)
    result: EnsureResult | None = None
    there: Found | None = None
    for _ in range(MAX_CREATES):
        # Whoever asked may no longer be entitled to it.
        if time.monotonic() > latest:
            raise Unavailable(f"Kubernetes is slow: pod {name} was not created in time")
        answer = pods.create(manifest)
        if answer.is_good:
            return Started(), _ours(pods, answer.body)
        # A conflict of another kind is one over the count of a quota, which passes.
        if answer.reason != "AlreadyExists":
            return rejected(answer), None
        pod = pods.get(name)
        if pod is None:
            continue
        result, there = _taken(pods, spec, pod)
        if result is not None or there is None:
            break
        pods.delete(there.name, there.seen.uid)
    if result is not None:
        return result, there
    if there is None:
        raise Unavailable(f"the name {name} is taken and let go of again and again")
    detail = f"{name} has ended ({there.seen.detail}), and its pod is being deleted"
    return Occupied(incarnation=there.seen.incarnation, detail=detail), there


def _taken(pods: Pods, spec: InstanceSpec, pod: Pod) -> tuple[EnsureResult | None, Found | None]:
    """What it means that this pod has our name; no result when it has ended and may be replaced."""
    there = _ours(pods, pod)
    name = pod["metadata"]["name"]
    if there is None:
        detail = (
            f"The name {name} in namespace {pods.options.namespace} is taken by a pod that is not of"
            f" {pods.cluster}: delete it, or give the kind {spec.kind} another instance name."
        )
        return Rejected(detail=detail), None
    seen = there.seen
    if (seen.kind, seen.shard) != (spec.kind, spec.shard):
        detail = (
            f"The pod {name} is shard {seen.shard} of {seen.kind}: give the kinds different instance names."
        )
        return Rejected(detail=detail), there
    if seen.incarnation == spec.incarnation:
        return Started(), there
    if seen.incarnation > spec.incarnation or seen.phase is not Phase.ENDED:
        return Occupied(incarnation=seen.incarnation, detail=f"its pod is {name} ({seen.phase})"), there
    return None, there


def _ours(pods: Pods, pod: Pod) -> Found | None:
    whose = identity(pod, pods.cluster)
    return None if whose is None else found(pod, whose)
