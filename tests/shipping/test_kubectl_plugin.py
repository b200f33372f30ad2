"""The command line as kubectl runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.services import helm, helm_install


def test_a_real_kubectl_finds_and_runs_the_command_line(tmp_path: Path) -> None:
    helm.require()
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    done = subprocess.run(
        [str(helm_install.place() / "kubectl"), "shardwright", "version"],
        env={"PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("shardwright 0.")
