"""metrics-server, built from its published source with Go, once for this machine."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from tests.services.cached import keep
from tests.services.go_build import built

VERSION = "0.7.2"
PROGRAM = "metrics-server"
MODULE = Path(__file__).parent / "metrics_build" / "go.mod"


def place() -> Path:
    """The folder of the program, whether or not it is built."""
    root = os.environ.get("SHARDWRIGHT_CACHE") or Path.home() / ".cache" / "shardwright"
    return Path(root) / f"metrics-server-{VERSION}"


def absent() -> str | None:
    """Why the program cannot be started here; None when it can."""
    return None if (place() / PROGRAM).exists() else f"{place()} lacks {PROGRAM} (make services builds it)"


def install() -> Path:
    """Build it where it is not built yet; returns its folder. Two may call it at once.

    Raises RuntimeError where there is no Go or the build fails.
    """
    folder = place()
    if absent() is None:
        return folder
    if shutil.which("go") is None:
        raise RuntimeError("metrics-server is built with Go 1.24 or later, and there is no go on the PATH")
    print(f"metrics-server {VERSION}: building, some minutes, once ...", flush=True)
    began = time.monotonic()
    keep(folder, absent, _build)
    print(f"metrics-server {VERSION}: built in {time.monotonic() - began:.0f} s", flush=True)
    return folder


def _build(work: Path) -> Path:
    return built(work, MODULE, ["sigs.k8s.io/metrics-server/cmd/metrics-server"], "metrics-server")


if __name__ == "__main__":
    print(install())
