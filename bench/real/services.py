"""The real services, started once for all scenarios, each only when a scenario asks for it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from bench.child import BrokenError

MODULES = {
    "zookeeper": "tests.services.zookeeper_server",
    "mosquitto": "tests.services.mosquitto_server",
    "postgres": "tests.services.postgres_server",
    "kubernetes": "tests.services.kubernetes_server",
}
"""Where a service's launcher says why it cannot be started here."""

SESSION_S = 30.0
"""Two cores play a whole cluster: the server is not to lose its office because they are busy."""

AS_IN_EARNEST = {"HEAP": "-Xmx1g", "SMALL": ("-XX:-UsePerfData",), "TICK_MS": 2000}
"""Options of ZooKeeper and its Java: those of the tests are for a quick start and little memory. In 192 MB
the seed's layout ends the server, which keeps the last 500 transactions: each is a whole list."""


class SkippedError(Exception):
    """A scenario cannot be measured here; the message says what is missing."""


class Services:
    """``wanted`` starts what is not running yet; everything ends with the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._api: Any = None

    def __enter__(self) -> Self:
        # PostgreSQL becomes another user, who must reach its own folder in here.
        self._folder.mkdir(mode=0o711, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wanted(self, *names: str) -> dict[str, Any]:
        """What the configuration says of these services, each run in a tree of its own.

        Raises SkippedError when one cannot be had here, BrokenError when it did not start.
        """
        whole: dict[str, Any] = {}
        for name in names:
            if name not in self._settings:
                self._settings[name] = self._started(name)
            whole.update(self._settings[name])
        if "store" in whole:
            root = f"/bench-{secrets.token_hex(4)}/iota/orchestration"
            at = {**whole["store"]["zookeeper"], "root": root, "session_timeout": SESSION_S}
            whole["store"] = {"engine": "zookeeper", "zookeeper": at}
        if "kubernetes" in names:
            at = {**self._settings["kubernetes"]["runtime"]["kubernetes"], "namespace": self.namespace()}
            whole["runtime"] = {"engine": "kubernetes", "kubernetes": at}
        return whole

    def namespace(self) -> str:
        """A new one. Requires: Kubernetes was wanted."""
        name: str = self._api.namespace("bench")
        return name

    def _started(self, name: str) -> Mapping[str, Any]:
        try:
            reason = import_module(MODULES[name]).absent()
        except ImportError as error:
            raise SkippedError(f"{name}: {error.name} is not installed") from error
        if reason is not None:
            raise SkippedError(f"{name}: {reason}")
        try:
            return self._kubernetes() if name == "kubernetes" else self._of_mix(name)
        except (RuntimeError, AssertionError, OSError) as error:
            raise BrokenError(f"{name} did not start: {error}") from error

    def _of_mix(self, name: str) -> Mapping[str, Any]:
        from tests.services.mix import Mix

        folder = self._folder / name
        folder.mkdir(mode=0o711)
        mix = Mix(folder, (name,))
        self._stack.callback(mix.stop)
        with patch.multiple(MODULES["zookeeper"], **AS_IN_EARNEST):
            (running,) = mix.start()
        return running.settings

    def _kubernetes(self) -> Mapping[str, Any]:
        from tests.services.kubernetes_api import KubernetesApi

        self._api = KubernetesApi(self._folder / "kubernetes")
        self._stack.callback(self._api.stop)
        self._api.start()
        at = {"kubeconfig": str(self._api.kubeconfig("admin"))}
        return {"runtime": {"engine": "kubernetes", "kubernetes": at}}
