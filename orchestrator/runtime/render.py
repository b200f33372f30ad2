"""A template and an instance's identity make a manifest.

Pure: a new manifest each time, nothing is shared or changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from orchestrator.ports import InstanceSpec
from orchestrator.runtime.template import InvalidTemplate, Manifest, faults, load, validate

__all__ = ["InvalidTemplate", "label_value", "labels", "pod_name", "render", "validate"]

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "shardwright"
SEED_LABEL = "instanceId"
SEED_VARIABLE = "INSTANCE_ID"
CLUSTER = "shardwright/cluster"
KIND = "shardwright/kind"
SHARD = "shardwright/shard"
INCARNATION = "shardwright/incarnation"
REVISION = "shardwright/revision"

_LONGEST = 63
_POD_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


def render(
    template: str,
    spec: InstanceSpec,
    *,
    cluster: str,
    variable: str = SEED_VARIABLE,
    allow_privileged: bool = False,
) -> Manifest:
    """The manifest of one instance.

    ``variable``: the environment variable that holds the shard's number, as the seed's workers read it.
    What ``spec.environment`` names wins over the template. Raises InvalidTemplate.
    """
    manifest = load(template)
    if problems := list(faults(manifest, allow_privileged=allow_privileged)):
        raise InvalidTemplate(*problems)
    metadata = manifest.setdefault("metadata", {})
    metadata["name"] = pod_name(spec.name)
    metadata["labels"] = {**metadata.get("labels", {}), **labels(spec, cluster=cluster)}
    metadata["annotations"] = {**metadata.get("annotations", {}), KIND: spec.kind}
    container = manifest["spec"]["containers"][0]
    wanted = {variable: str(spec.shard), **spec.environment}
    container["env"] = _environment(container.get("env", []), wanted)
    return manifest


def labels(spec: InstanceSpec, *, cluster: str) -> dict[str, str]:
    """What marks an object as ours and says which instance it is."""
    return {
        MANAGED_BY: MANAGER,
        CLUSTER: label_value(cluster),
        KIND: label_value(spec.kind),
        SHARD: str(spec.shard),
        SEED_LABEL: str(spec.shard),
        INCARNATION: str(spec.incarnation),
        REVISION: str(spec.revision),
    }


def pod_name(name: str) -> str:
    """``name`` where Kubernetes allows it for a pod, else a readable one that is only its own."""
    return _fit(name, _POD_NAME, re.sub(r"[^a-z0-9]+", "-", name.lower()))


def label_value(text: str) -> str:
    """``text`` where Kubernetes allows it as a label's value, else a readable one that is only its own."""
    return _fit(text, _LABEL_VALUE, re.sub(r"[^A-Za-z0-9_.]+", "-", text))


def _fit(text: str, allowed: re.Pattern[str], readable: str) -> str:
    if len(text) <= _LONGEST and allowed.fullmatch(text):
        return text
    digest = sha256(text.encode(errors="surrogatepass")).hexdigest()[:10]
    kept = readable.strip("-_.")[: _LONGEST - len(digest) - 1].rstrip("-_.")
    return f"{kept}-{digest}" if kept else digest


def _environment(present: list[dict[str, Any]], wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each wanted variable once: where the template has it first, or at the end."""
    result: list[dict[str, Any]] = []
    placed: set[str] = set()
    for entry in present:
        name = entry["name"]
        if name not in wanted:
            result.append(entry)
        elif name not in placed:
            placed.add(name)
            result.append({"name": name, "value": wanted[name]})
    result.extend({"name": name, "value": value} for name, value in wanted.items() if name not in placed)
    return result
