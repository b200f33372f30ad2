"""Namespaces of a cluster, one for each test."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from urllib.error import HTTPError

from tests.services.kubernetes_client import Operator

ADMIN = "admin"


class Namespaces:
    """``kubeconfig``: the path of the file with which a user signs in."""

    def __init__(self, kubeconfig: Callable[[str], Path]) -> None:
        self.kubeconfig = kubeconfig
        self._made: list[str] = []

    @cached_property
    def operator(self) -> Operator:
        """A client of the administrator, apart from those that are tested."""
        return Operator(self.kubeconfig(ADMIN))

    def namespace(self, stem: str = "test") -> str:
        """Make a namespace that nobody else has; returns its name, ``stem`` and something random."""
        name = f"{stem}-{secrets.token_hex(4)}"
        self.operator.create("/api/v1/namespaces", {"metadata": {"name": name}})
        self._made.append(name)
        try:
            # A pod is refused without it; the controller that makes it need not run here.
            self.operator.create(
                f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}}
            )
        except HTTPError as exc:
            if exc.code != 409:
                raise
        return name

    def remove_namespaces(self) -> None:
        """Have those that were made here deleted, without waiting until they are."""
        for name in self._made:
            self.operator.delete(f"/api/v1/namespaces/{name}")
        self._made.clear()
