"""How to reach Kubernetes, as whom, and how patient to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import Permanent


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesOptions:
    """``namespace``: where the pods are; best one of their own, for all pods in it are read.

    ``kubeconfig``: the file that says where the API is and who we are; None: the service account of the
    pod that we run in. ``context``: one of the file's; None: its current one.
    ``request_timeout_s``: for one call; a call that could not be sent within it is not sent at all.
    ``relist_s``: how often the pods are listed anew while they are watched. ``workers``: the most
    calls at once. ``page``: the most pods in one answer. ``ended_kept_s``: how long a pod that has ended
    is kept, for its log.
    """

    namespace: str
    kubeconfig: Path | None = None
    context: str | None = None
    request_timeout_s: float = 10.0
    relist_s: float = 60.0
    workers: int = 8
    page: int = 500
    ended_kept_s: float = 600.0
    allow_privileged: bool = False

    def __post_init__(self) -> None:
        """Raises Permanent for what cannot be meant."""
        if not self.namespace or "/" in self.namespace:
            raise Permanent(f"{self.namespace!r} is not the name of a Kubernetes namespace")
        if not 0 < self.request_timeout_s <= 300:
            raise Permanent(f"a request timeout of {self.request_timeout_s} s is not between 0 and 300")
        if not 1 <= self.relist_s <= 3600:
            raise Permanent(f"listing pods every {self.relist_s} s is not between 1 and 3600")
        if not 1 <= self.workers <= 64:
            raise Permanent(f"{self.workers} calls at once are not between 1 and 64")
        if not 1 <= self.page <= 5000:
            raise Permanent(f"{self.page} pods in one answer are not between 1 and 5000")
