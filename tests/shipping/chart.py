"""The chart and the plain manifests, and the first server's pod of either as files of this machine."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.services.helm import Helm, Object

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "shardwright"
BASE = ROOT / "deploy" / "kubernetes" / "base"
OVERLAY = ROOT / "deploy" / "kubernetes" / "overlays" / "example"

NAMESPACE, WORKERS = "shardwright", "shardwright-workers"
PEM = "-----BEGIN CERTIFICATE-----\n"
KEY = re.compile(r"^\| `([\w.-]+)` \|", re.MULTILINE)

PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas",
    "LimitRange": "/api/v1/namespaces/{}/limitranges",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}
"""Where the API keeps each kind of object that a release has."""


def made(program: Helm, **values: Any) -> list[Object]:
    """The objects of a release with these values. Raises Refused."""
    return program.template(CHART, values, name="shardwright", namespace=NAMESPACE)


def one(objects: Sequence[Object], kind: str, name: str = "", namespace: str = "") -> Object:
    """The only object of a kind, or the one of a name. Raises AssertionError otherwise."""
    found = [
        each
        for each in objects
        if each["kind"] == kind
        and name in ("", each["metadata"]["name"])
        and namespace in ("", each["metadata"].get("namespace"))
    ]
    assert len(found) == 1, f"{len(found)} objects are {kind} {name}"
    return found[0]


def path_of(found: Object) -> str:
    return PATHS[found["kind"]].format(found["metadata"].get("namespace", ""))


def config_of(objects: Sequence[Object]) -> str:
    return str(
        next(each["data"] for each in _configmaps(objects) if "config.yaml" in each["data"])["config.yaml"]
    )


def keys_to_give() -> set[str]:
    """The keys that the chart's page asks for in the Secret."""
    text = (CHART / "README.md").read_text(encoding="utf-8")
    return set(KEY.findall(text.partition("## Secrets")[2].partition("\n## ")[0]))


def laid_out(objects: Sequence[Object], folder: Path) -> dict[str, str]:
    """Write the files of the first server's pod below ``folder``; returns its environment.

    A Secret has the keys that the chart's page asks for, ``shardwright-tls`` those of its type.
    """
    pod = one(objects, "StatefulSet")["spec"]["template"]["spec"]
    container = pod["containers"][0]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        at = folder / mount["mountPath"].lstrip("/")
        at.mkdir(parents=True, exist_ok=True)
        for name, text in _files(objects, volumes.get(mount["name"], {})).items():
            (at / name).write_text(_moved(text, folder), encoding="utf-8")
    return dict(_environment(container["env"], folder))


def renamed(objects: Sequence[Object], names: Mapping[str, str]) -> list[Object]:
    """The same objects under other names: of namespaces, and wherever else such a word stands alone."""
    text = json.dumps(list(objects))
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    moved: list[Object] = json.loads(text)
    return moved


def _configmaps(objects: Sequence[Object]) -> Iterator[Object]:
    return (each for each in objects if each["kind"] == "ConfigMap")


def _files(objects: Sequence[Object], volume: Mapping[str, Any]) -> Mapping[str, str]:
    if "configMap" in volume:
        name = volume["configMap"]["name"]
        found = [each["data"] for each in _configmaps(objects) if each["metadata"]["name"] == name]
        return found[0] if found else {"ca.pem": PEM}
    match volume.get("secret", {}).get("secretName"):
        case None:
            return {}
        case "shardwright-tls":
            return {"tls.crt": PEM, "tls.key": PEM}
        case _:
            return {name: PEM if name.startswith("client") else "hunter2\n" for name in keys_to_give()}


def _moved(text: str, folder: Path) -> str:
    for root in ("/run/secrets/", "/etc/shardwright/", "/var/lib/"):
        text = text.replace(root, f"{folder}{root}")
    return text


def _environment(entries: Sequence[Object], folder: Path) -> Iterator[tuple[str, str]]:
    yield "PATH", os.environ["PATH"]
    own = {"POD_NAME": "shardwright-0", "POD_NAMESPACE": NAMESPACE, "POD_IP": "10.0.0.7"}
    for entry in entries:
        if "value" not in entry:
            continue
        text = entry["value"]
        for name, value in own.items():
            text = text.replace(f"$({name})", value)
        yield entry["name"], _moved(text, folder)
