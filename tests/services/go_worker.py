"""The worker in Go, which was made from the page of the protocol; built by whoever asks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.services.require import missing

WANTED = (1, 24)
SOURCE = Path(__file__).parents[1] / "worker" / "go"


def go_worker(folder: Path) -> Path:
    """The program, built into ``folder``. Skips, or fails, as ``missing`` does where Go is not there."""
    if shutil.which("go") is None:
        missing("go", "it is not installed; make services")
    if (version := _version()) < WANTED:
        missing("go", f"it is {'.'.join(map(str, version))}, {'.'.join(map(str, WANTED))} or later is wanted")
    program = folder / "go-worker"
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        ["go", "build", "-trimpath", "-o", str(program), "."],
        cwd=SOURCE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program


def _version() -> tuple[int, ...]:
    said = subprocess.run(["go", "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    assert found, said
    return tuple(map(int, found.groups()))
