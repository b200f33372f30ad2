"""What a pod says of its instance: more than its phase, which is blind to most that goes wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from orchestrator.ports import InstanceSeen, Phase
from orchestrator.runtime import kubernetes_containers as containers
from orchestrator.runtime.kubernetes_identity import Pod
from orchestrator.runtime.mark import Mark

OVERDUE_S = 15.0
"""How long after its grace a pod may still be there before its node is asked for."""


class Node(Enum):
    """What is known of a pod's node. GONE: its object is no more, or somebody marked it out of service."""

    ANSWERS = "answers"
    SILENT = "silent"
    GONE = "gone"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Found:
    """A pod of ours and what it says. ``version`` grows with each change of any pod.

    ``node``: where it runs; empty: nowhere yet.
    """

    name: str
    version: int
    container: str
    seen: InstanceSeen
    node: str = ""


def found(pod: Pod, whose: Mark, node: Node | None = None) -> Found:
    """What the pod says, given its node where that is in doubt (``node_in_doubt``)."""
    metadata = pod["metadata"]
    phase, since, detail = _phase(pod, node)
    spec = pod.get("spec", {})
    name = spec.get("nodeName") or ""
    seen = InstanceSeen(
        kind=whose.kind,
        shard=whose.shard,
        incarnation=whose.incarnation,
        phase=phase,
        uid=metadata["uid"],
        since=since or seconds(metadata.get("creationTimestamp")),
        detail=detail,
        node=name,
    )
    first, at = spec.get("containers", [{}])[0], version(metadata.get("resourceVersion"))
    return Found(metadata["name"], at, first.get("name", ""), seen, name)


def node_in_doubt(pod: Pod, now: float) -> str | None:
    """The pod's node, when the pod looks as those on a lost node do."""
    name: str | None = pod.get("spec", {}).get("nodeName")
    if not name or containers.is_over(pod):
        return None
    gone_by = pod["metadata"].get("deletionTimestamp")
    is_overdue = gone_by is not None and now > seconds(gone_by) + OVERDUE_S
    return name if is_overdue or _looks_lost(pod) else None


def node_of(body: Mapping[str, Any]) -> Node:
    """What a node's object says."""
    taints = body.get("spec", {}).get("taints") or []
    if any(taint.get("key") == "node.kubernetes.io/out-of-service" for taint in taints):
        return Node.GONE
    ready = _condition(body, "Ready")
    return Node.ANSWERS if ready.get("status") == "True" else Node.SILENT


def version(text: object) -> int:
    return int(str(text)) if str(text).isascii() and str(text).isdigit() else 0


def seconds(text: str | None) -> float:
    """Seconds since the epoch of a time in the API's writing; 0 for none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _phase(pod: Pod, node: Node | None) -> tuple[Phase, float, str]:
    metadata, spec = pod["metadata"], pod.get("spec", {})
    name = spec.get("nodeName")
    if containers.is_over(pod):
        return Phase.ENDED, seconds(containers.finished_at(pod)), containers.ending(pod)
    if node is Node.GONE:
        return Phase.ENDED, 0.0, f"its node {name} is gone"
    if node is Node.SILENT:
        return Phase.UNKNOWN, 0.0, f"its node {name} does not answer"
    if node is Node.HIDDEN and _looks_lost(pod):
        return Phase.UNKNOWN, 0.0, f"its node {name} may be lost, and we may not read nodes"
    gone_by = metadata.get("deletionTimestamp")
    if gone_by is not None:
        grace = metadata.get("deletionGracePeriodSeconds") or 0
        return Phase.STOPPING, seconds(gone_by) - grace, _stopping(pod, node)
    if containers.is_running(pod):
        return Phase.RUNNING, seconds(containers.started_at(pod)), containers.waiting(pod) or _unready(pod)
    return Phase.PENDING, 0.0, _pending(pod)


def _stopping(pod: Pod, node: Node | None) -> str:
    metadata = pod["metadata"]
    if finalizers := metadata.get("finalizers"):
        return f"it stays until somebody removes its finalizers {', '.join(finalizers)}"
    if node is None:
        return ""
    late = f"it should have ended by {metadata['deletionTimestamp']} and has not"
    return f"{late}, though its node {pod['spec'].get('nodeName')} answers" if node is Node.ANSWERS else late


def _pending(pod: Pod) -> str:
    held = containers.waiting(pod)
    if held:
        return held
    for kind in ("PodScheduled", "Initialized", "PodReadyToStartContainers"):
        condition = _condition(pod, kind)
        if condition.get("status") == "False" and condition.get("message"):
            return " ".join(f"{condition.get('reason', kind)}: {condition['message']}".split())
    return ""


def _unready(pod: Pod) -> str:
    ready = _condition(pod, "Ready")
    if ready.get("status") != "False":
        return ""
    said = ": ".join(filter(None, (ready.get("reason"), ready.get("message"))))
    return f"not ready ({said})" if said else "not ready"


def _looks_lost(pod: Pod) -> bool:
    """As the node controller leaves pods of a node that is silent: not ready, for no reason of their own."""
    if pod.get("status", {}).get("reason") == "NodeLost":
        return True
    ready = _condition(pod, "Ready")
    return ready.get("status") == "False" and _condition(pod, "ContainersReady").get("status") == "True"


def _condition(body: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    conditions = body.get("status", {}).get("conditions") or []
    return next((one for one in conditions if one.get("type") == kind), {})
