"""Helm and kubectl, built from their published source with Go, once for this machine."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from tests.services.cached import keep
from tests.services.go_build import built

VERSION = "3.19.5"
KUBERNETES = ("1", "34")
"""The version that templates are rendered for where no cluster is asked."""

PROGRAMS = ("helm", "kubectl")
PACKAGES = ("helm.sh/helm/v3/cmd/helm", "./kubectl")
MODULE = Path(__file__).parent / "helm_build" / "go.mod"


def place() -> Path:
    """The folder of the programs, whether or not they are built."""
    root = os.environ.get("SHARDWRIGHT_CACHE") or Path.home() / ".cache" / "shardwright"
    return Path(root) / f"helm-{VERSION}"


def absent() -> str | None:
    """Why the programs cannot be started here; None when they can."""
    lacking = [name for name in PROGRAMS if not (place() / name).exists()]
    return f"{place()} lacks {', '.join(lacking)} (make services builds them)" if lacking else None


def install() -> Path:
    """Build the programs where they are not built yet; returns their folder. Two may call it at once.

    Raises RuntimeError where there is no Go or the build fails.
    """
    folder = place()
    if absent() is None:
        return folder
    if shutil.which("go") is None:
        raise RuntimeError("Helm is built with Go 1.24 or later, and there is no go on the PATH")
    print(f"Helm {VERSION}: building {', '.join(PROGRAMS)}, a minute or two, once ...", flush=True)
    began = time.monotonic()
    keep(folder, absent, _build)
    print(f"Helm {VERSION}: built in {time.monotonic() - began:.0f} s", flush=True)
    return folder


def _build(work: Path) -> Path:
    shutil.copytree(MODULE.parent / "kubectl", work / "kubectl")
    return built(work, MODULE, PACKAGES, "Helm", _stamps())


def _stamps() -> str:
    major, minor = KUBERNETES
    values = {"helm.sh/helm/v3/internal/version.version": f"v{VERSION}"}
    for package in ("lint/rules", "chartutil"):
        values[f"helm.sh/helm/v3/pkg/{package}.k8sVersionMajor"] = major
        values[f"helm.sh/helm/v3/pkg/{package}.k8sVersionMinor"] = minor
    return " ".join(f"-X {name}={value}" for name, value in values.items())


if __name__ == "__main__":
    print(install())
