"""The worker in Go, which was made from the page of the protocol; built by whoever asks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.services import go_toolchain
from tests.services.require import missing

SOURCE = Path(__file__).parents[1] / "worker" / "go"


def go_worker(folder: Path) -> Path:
    """The program, built into ``folder``. Skips, or fails, as ``missing`` does where Go is not there."""
    go = go_toolchain.found()
    if go is None:
        missing("go", go_toolchain.absent() or "it went away")
    program = folder / "go-worker"
    done = subprocess.run(
        [str(go), "build", "-trimpath", "-o", str(program), "."],
        cwd=SOURCE,
        env={**os.environ, **go_toolchain.BUILDING},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program
