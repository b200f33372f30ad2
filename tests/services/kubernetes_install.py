"""The programs of Kubernetes, built from their published source with Go, once for this machine."""

from __future__ import annotations

from pathlib import Path

from tests.services.go_build import GoBuild

MAJOR, MINOR, PATCH = "1", "34", "2"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
_STAMPS = {
    "gitVersion": f"v{MAJOR}.{MINOR}.{PATCH}",
    "gitMajor": MAJOR,
    "gitMinor": MINOR,
    "gitTreeState": "clean",
    "buildDate": "2025-11-11T19:00:37Z",
}
BUILD = GoBuild(
    what="Kubernetes",
    version=f"{MAJOR}.{MINOR}.{PATCH}",
    programs=PROGRAMS,
    packages=[f"k8s.io/kubernetes/cmd/{name}" for name in PROGRAMS],
    module=Path(__file__).parent / "kubernetes_build" / "go.mod",
    stamps={f"k8s.io/component-base/version.{name}": value for name, value in _STAMPS.items()},
)
place, absent, install = BUILD.place, BUILD.absent, BUILD.install

if __name__ == "__main__":
    print(install())
