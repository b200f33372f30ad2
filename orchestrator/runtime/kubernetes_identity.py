"""Whose a pod is, and which instance: by what nobody can change of a pod that exists. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestrator.ports import InstanceSpec
from orchestrator.runtime import mark, render
from orchestrator.runtime.mark import Mark
from orchestrator.runtime.template import Manifest

Pod = Mapping[str, Any]


def manifest_of(
    spec: InstanceSpec, *, cluster: str, variable: str | None = None, allow_privileged: bool = False
) -> Manifest:
    """The pod of an instance, with its mark in the first container's environment. Raises InvalidTemplate."""
    own = {mark.VARIABLE: str(Mark(cluster, spec.kind, spec.shard, spec.incarnation))}
    return render.render(
        spec.template,
        replace(spec, environment={**spec.environment, **own}),
        cluster=cluster,
        variable=variable or render.SEED_VARIABLE,
        allow_privileged=allow_privileged,
    )


def identity(pod: Pod, cluster: str) -> Mark | None:
    """The instance of this cluster that the pod is; None for a pod of anybody else.

    The mark decides, for labels can be changed while the pod runs. A pod without one counts by its labels.
    """
    for container in pod.get("spec", {}).get("containers", []):
        for entry in container.get("env") or []:
            if entry.get("name") == mark.VARIABLE:
                found = mark.parse(str(entry.get("value", "")))
                return found if found is not None and found.cluster == cluster else None
    return _by_labels(pod.get("metadata", {}), cluster)


def _by_labels(metadata: Mapping[str, Any], cluster: str) -> Mark | None:
    labels = metadata.get("labels") or {}
    kind = (metadata.get("annotations") or {}).get(render.KIND) or labels.get(render.KIND)
    shard, incarnation = (labels.get(name, "") for name in (render.SHARD, render.INCARNATION))
    ours = {render.MANAGED_BY: render.MANAGER, render.CLUSTER: render.label_value(cluster)}
    if not kind or not ours.items() <= labels.items():
        return None
    if not all(number.isascii() and number.isdigit() for number in (shard, incarnation)):
        return None
    return Mark(cluster, kind, int(shard), int(incarnation))
