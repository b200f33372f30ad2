"""The pod templates of the chart, for workers whose ledgers are to be read, and the volumes of the test."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.services.helm import Object

LEDGER = "ledger"
"""The claim of a volume in the namespace of the workers."""

SMALL = {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "256Mi"}}
"""A node of two processors has room for ten of them."""


def with_ledger(template: Object, name: str, environment: Sequence[Object] = ()) -> Object:
    """A copy under this name that keeps a ledger; all that it says of security stays as it is."""
    pod = copy.deepcopy(template)
    pod["metadata"]["name"] = name
    pod["spec"]["terminationGracePeriodSeconds"] = 5
    container = pod["spec"]["containers"][0]
    container.update(imagePullPolicy="Never", resources=SMALL)
    container["env"] += [{"name": "SHARDWRIGHT_LEDGER_DIR", "value": f"/{LEDGER}"}, *environment]
    container["volumeMounts"].append({"name": LEDGER, "mountPath": f"/{LEDGER}"})
    pod["spec"]["volumes"].append({"name": LEDGER, "persistentVolumeClaim": {"claimName": LEDGER}})
    return pod


def volume(name: str, folder: Path, claim: Mapping[str, str], mode: str) -> Object:
    """A folder of this machine as a volume for the claim of that ``namespace`` and ``name``, and no other."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "2Gi"},
            "accessModes": [mode],
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim},
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": str(folder), "type": "Directory"},
        },
    }


def claim(name: str, namespace: str, mode: str) -> Object:
    """A claim that only a volume made for it answers."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "accessModes": [mode],
            "storageClassName": "",
            "resources": {"requests": {"storage": "2Gi"}},
        },
    }
