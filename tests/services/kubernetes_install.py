"""The programs of Kubernetes, built from their published source with Go, once for this machine."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from tests.services.cached import keep
from tests.services.go_build import built

VERSION = "1.34.2"
RELEASED = "2025-11-11T19:00:37Z"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
MODULE = Path(__file__).parent / "kubernetes_build" / "go.mod"


def place() -> Path:
    """The folder of the programs, whether or not they are built."""
    root = os.environ.get("SHARDWRIGHT_CACHE") or Path.home() / ".cache" / "shardwright"
    return Path(root) / f"kubernetes-{VERSION}"


def absent() -> str | None:
    """Why the programs cannot be started here; None when they can."""
    lacking = [name for name in PROGRAMS if not (place() / name).exists()]
    return f"{place()} lacks {', '.join(lacking)} (make services builds them)" if lacking else None


def install() -> Path:
    """Build the programs where they are not built yet; returns their folder.

    Two may call it at once: each builds for itself, and who is ready first is the one that counts.
    Raises RuntimeError where there is no Go or the build fails.
    """
    folder = place()
    if absent() is None:
        return folder
    if shutil.which("go") is None:
        raise RuntimeError("Kubernetes is built with Go 1.24 or later, and there is no go on the PATH")
    print(f"Kubernetes {VERSION}: building {', '.join(PROGRAMS)}, some minutes, once ...", flush=True)
    began = time.monotonic()
    keep(folder, absent, _build)
    print(f"Kubernetes {VERSION}: built in {time.monotonic() - began:.0f} s", flush=True)
    return folder


def _build(work: Path) -> Path:
    packages = [f"k8s.io/kubernetes/cmd/{name}" for name in PROGRAMS]
    return built(work, MODULE, packages, "Kubernetes", _stamps())


def _stamps() -> str:
    major, minor, _ = VERSION.split(".")
    values = {
        "gitVersion": f"v{VERSION}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "buildDate": RELEASED,
    }
    return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())


if __name__ == "__main__":
    print(install())
