"""Java programs from the distribution's packages."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

JARS = Path("/usr/share/java")

SMALL = ("-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
"""Options for a program that should start at once and has little to do."""


def lacking(jars: Sequence[str]) -> str | None:
    """Why a program of these jars cannot be run here; None when it can."""
    if shutil.which("java") is None:
        return "there is no java on the PATH"
    absent = [name for name in jars if not (JARS / name).exists()]
    return f"{JARS} lacks {', '.join(absent)}" if absent else None


def command(main: str, jars: Sequence[str], options: Sequence[str], *arguments: str) -> list[str]:
    classpath = ":".join(str(JARS / name) for name in jars)
    return ["java", *options, "-cp", classpath, main, *arguments]
