"""Helm and kubectl, built from their published source with Go, once for this machine."""

from __future__ import annotations

from pathlib import Path

from tests.services.go_build import GoBuild

VERSION = "3.19.5"
MAJOR, MINOR = "1", "34"
"""The version of Kubernetes that templates are rendered for where no cluster is asked."""

BUILD = GoBuild(
    what="Helm",
    version=VERSION,
    programs=("helm", "kubectl"),
    packages=("helm.sh/helm/v3/cmd/helm", "./kubectl"),
    module=Path(__file__).parent / "helm_build" / "go.mod",
    stamps={
        "helm.sh/helm/v3/internal/version.version": f"v{VERSION}",
        **{
            f"helm.sh/helm/v3/pkg/{package}.k8sVersion{part}": value
            for package in ("lint/rules", "chartutil")
            for part, value in (("Major", MAJOR), ("Minor", MINOR))
        },
    },
)
place, absent, install = BUILD.place, BUILD.absent, BUILD.install

if __name__ == "__main__":
    print(install())
