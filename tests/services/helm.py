"""Helm and kubectl as programs: what they print, and what they complain of."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.services import helm_install
from tests.services.require import missing

Object = dict[str, Any]
LIMIT_S = 100
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The quick one, where PyYAML has it."""


class Refused(Exception):
    """A program ended with another code than 0; what it said is the text."""


class Helm:
    """Keeps its own files in ``folder``. ``kubeconfig``: the cluster; None: none is asked."""

    def __init__(self, folder: Path, kubeconfig: Path | None = None) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "HELM_CACHE_HOME": str(folder / "cache"),
            "HELM_CONFIG_HOME": str(folder / "config"),
            "HELM_DATA_HOME": str(folder / "data"),
            "KUBECONFIG": str(kubeconfig or folder / "none"),
        }

    def __call__(self, *argv: str, values: Mapping[str, Any] | None = None) -> str:
        """What the command prints. ``values`` go in as a file. Raises Refused."""
        given = []
        if values is not None:
            file = self._folder / "values.yaml"
            file.write_text(json.dumps(values))
            given = ["--values", str(file)]
        return _said("helm", [*argv, *given], self._environment)

    def template(
        self, chart: Path, values: Mapping[str, Any] | None = None, *, name: str, namespace: str
    ) -> list[Object]:
        """The objects that a release would have. Raises Refused."""
        return parsed(self("template", name, str(chart), "--namespace", namespace, values=values))


def kustomized(folder: Path) -> list[Object]:
    """The objects that kustomize makes of a folder; skips where there is none. Raises Refused."""
    require()
    return parsed(_said("kubectl", ["kustomize", str(folder)], dict(os.environ)))


def parsed(text: str) -> list[Object]:
    return [one for one in yaml.load_all(text, Loader=LOADER) if one is not None]


def helm(folder: Path, kubeconfig: Path | None = None) -> Helm:
    """Helm where it is installed; the test is skipped where it is not, or fails where it must be there."""
    require()
    folder.mkdir(parents=True, exist_ok=True)
    return Helm(folder, kubeconfig)


def require() -> None:
    reason = helm_install.absent()
    if reason is not None:
        missing("Helm and kubectl", reason)


def _said(program: str, argv: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [str(helm_install.place() / program), *argv],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise Refused(done.stdout + done.stderr)
    return done.stdout
