"""metrics-server, built from its published source with Go, once for this machine."""

from __future__ import annotations

from pathlib import Path

from tests.services.go_build import GoBuild

PROGRAM = "metrics-server"
BUILD = GoBuild(
    what=PROGRAM,
    version="0.7.2",
    programs=[PROGRAM],
    packages=["sigs.k8s.io/metrics-server/cmd/metrics-server"],
    module=Path(__file__).parent / "metrics_build" / "go.mod",
)
place, absent, install = BUILD.place, BUILD.absent, BUILD.install

if __name__ == "__main__":
    print(install())
