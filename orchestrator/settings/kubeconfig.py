"""What a kubeconfig says of the link to its cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import ConfigError

KEY = "runtime.kubernetes.kubeconfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """``verifies``: whether the server must prove who it is."""

    server: str
    verifies: bool = True


def read_cluster(path: Path, context: str | None) -> Cluster:
    """The cluster of the context; None: of the current one. Raises ConfigError when it names none."""
    try:
        document = yaml.safe_load(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise ConfigError(f"{KEY} {path} cannot be read: {' '.join(str(exc).split())}") from exc
    if not isinstance(document, dict):
        raise ConfigError(f"{KEY} {path} is no kubeconfig: it must be a mapping")
    wanted = context or document.get("current-context")
    if not wanted:
        raise ConfigError(f"{KEY} {path} has no current-context; set runtime.kubernetes.context")
    cluster = _entry(document, "context", wanted, path).get("cluster")
    found = _entry(document, "cluster", cluster, path)
    server = found.get("server")
    if not isinstance(server, str) or not server:
        raise ConfigError(f"{KEY} {path}: the cluster {cluster!r} has no server")
    return Cluster(server=server, verifies=not found.get("insecure-skip-tls-verify"))


def _entry(document: dict[str, Any], kind: str, name: Any, path: Path) -> dict[str, Any]:
    """The entry of that name in the list of the kind."""
    entries = document.get(f"{kind}s")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name and isinstance(entry.get(kind), dict):
            return dict(entry[kind])
    raise ConfigError(f"{KEY} {path} has no {kind} {name!r}")
