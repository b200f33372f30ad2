"""Jars from Maven Central."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def fetched(work: Path, pom: Path, what: str, version: str) -> Path:
    """The folder of what ``pom`` names and of all that this needs. Raises RuntimeError."""
    shutil.copy(pom, work / "pom.xml")
    jars = work / "jars"
    argv = ["mvn", "-B", "-q", "-ntp", f"-D{what.lower()}.version={version}", f"-DoutputDirectory={jars}"]
    argv += ["org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"]
    done = subprocess.run(argv, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"{what} was not fetched:\n{said}")
    return jars
