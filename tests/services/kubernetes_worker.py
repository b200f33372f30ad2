"""The pod of the reference worker on a node of this machine: its programs are the machine's own.

The image is all but empty. ``/usr``, the Python environment that the tests run in and the worker's source are
lent to every container by the node, so that nothing has to be built or fetched.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.services.images import write_image

WORKER_IMAGE = "shardwright-worker:0.1.0"
ROOTS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Links into /usr in most distributions, folders of their own in others."""

PROGRAMS = f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"

USER = 10001
"""Whom the worker runs as: nobody of this machine."""


def write_worker_image(path: Path, name: str) -> None:
    """An archive of the image that the templates name: links into ``/usr``, and where to find ``python``."""
    write_image(
        path, name, links=links(), command=["python"], environment={"PATH": PROGRAMS, "PYTHONPATH": _source()}
    )


def links() -> dict[str, str]:
    """The links into ``/usr`` that the root of this machine has."""
    roots = {one: Path("/", one) for one in ROOTS}
    return {one: str(path.readlink()) for one, path in roots.items() if path.is_symlink()}


def worker_pod_template(
    name: str = "worker",
    *,
    ledger: Path | None = None,
    environment: Mapping[str, str] | None = None,
    grace_s: int = 30,
    host_network: bool = True,
    command: tuple[str, ...] = ("python", "-m", "shardwright_worker.reference"),
    **spec: Any,
) -> str:
    """YAML of a pod that runs the reference worker, or another ``command``, once.

    ``host_network``: it reaches the loopback of this machine, and what judges templates must allow it.
    ``ledger``: a folder that any user may write to; it is mounted, which must be allowed too.
    ``spec``: more fields of the pod's spec.
    """
    more = dict(environment or {})
    volumes, mounts = [], []
    if ledger is not None:
        more["SHARDWRIGHT_LEDGER_DIR"] = str(ledger)
        volumes.append({"name": "ledger", "hostPath": {"path": str(ledger), "type": "Directory"}})
        mounts.append({"name": "ledger", "mountPath": str(ledger)})
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": grace_s,
            "hostNetwork": host_network,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": USER, "runAsGroup": USER},
            "containers": [
                {
                    "name": name,
                    "image": WORKER_IMAGE,
                    "imagePullPolicy": "Never",
                    "command": list(command),
                    "env": [{"name": key, "value": value} for key, value in more.items()],
                    "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}},
                    "volumeMounts": mounts,
                }
            ],
            "volumes": volumes,
            **spec,
        },
    }
    return yaml.safe_dump(pod, sort_keys=False)


def lent(*more: Path) -> list[Path]:
    """What the machine lends: none lies in another."""
    wanted = {Path("/usr"), Path("/etc/ld.so.cache"), Path(_source()), *more}
    wanted.update(Path("/", one) for one in ROOTS)
    for prefix in (sys.prefix, sys.base_prefix):
        wanted.update((Path(prefix), Path(prefix).resolve()))
    real = {path for path in wanted if path.exists() and not path.is_symlink()}
    return [path for path in sorted(real) if not real.intersection(path.parents)]


def _source() -> str:
    found = importlib.util.find_spec("shardwright_worker")
    if found is None or found.origin is None:
        raise RuntimeError("shardwright_worker is not installed for this Python")
    return str(Path(found.origin).parents[1])
