"""Programs built by Go, in a folder that has the ``go.mod`` which names their versions."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


def built(work: Path, module: Path, packages: Sequence[str], what: str, stamps: str = "") -> Path:
    """The folder of the programs. ``stamps``: what the linker writes into them. Raises RuntimeError."""
    shutil.copy(module, work)
    folder = work / "bin"
    folder.mkdir()
    # The rest of go.mod, and go.sum, follow from the few versions named in it: Go fills them in, and asks
    # its checksum database for each.
    flags = f"-ldflags=-s -w {stamps}".rstrip()
    argv = ["go", "build", "-mod=mod", "-trimpath", flags, "-o", f"{folder}/", *packages]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    done = subprocess.run(argv, cwd=work, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{what} was not built:\n" + "\n".join(done.stderr.splitlines()[-20:]))
    return folder
