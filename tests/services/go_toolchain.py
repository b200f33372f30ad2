"""A Go that is recent enough: this machine's own, or that of a later Debian, unpacked into the cache.

Debian 12 packages an older one. What is fetched is verified by apt, against the keys of the archive that
the machine has; nothing of it is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.services.cached import cached, keep

WANTED = (1, 24)
SUITE = "trixie"
PACKAGES = ("golang-1.24-go", "golang-1.24-src")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

PROGRAM = Path("usr/lib/go-1.24/bin/go")
"""Where the packages have it; they ask for no other package."""

BUILDING = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", "GOTOOLCHAIN": "local"}
"""What every build adds to its environment: this Go, and no other that a ``go.mod`` may name."""


def found() -> Path | None:
    """The program; None where there is none that is recent enough."""
    own = shutil.which("go")
    if own is not None and version(own) >= WANTED:
        return Path(own)
    kept = _place() / PROGRAM
    return kept if kept.exists() else None


def absent() -> str | None:
    """Why nothing can be built with Go here; None when it can."""
    if found() is not None:
        return None
    own, wanted = shutil.which("go"), ".".join(map(str, WANTED))
    what = f"{own} is {'.'.join(map(str, version(own)))}" if own else "there is no go on the PATH"
    return f"{what}; wanted is {wanted} or later (make services fetches it)"


def install(source: str | None = None) -> Path:
    """Have one, and return the program; quick where there is one.

    ``source``: a line of apt's sources; when None the suite at the mirror that this machine uses.
    Raises RuntimeError where it cannot be had, or is not what the mirror signed.
    """
    if (there := found()) is not None:
        return there
    folder, line = _place(), source or _source()
    print(f"Go {'.'.join(map(str, WANTED))}: fetching {' '.join(PACKAGES)} of Debian {SUITE} ...", flush=True)
    began = time.monotonic()
    keep(folder, absent, lambda work: _unpack(work, line))
    print(f"Go: unpacked in {time.monotonic() - began:.0f} s", flush=True)
    return folder / PROGRAM


def version(go: str) -> tuple[int, ...]:
    """The first two numbers of the version that the program says it is."""
    said = _run([go, "version"], environment={"GOTOOLCHAIN": "local"})
    numbers = re.search(r"go(\d+)\.(\d+)", said)
    if numbers is None:
        raise RuntimeError(f"{go} version said {said!r}, and no version of Go")
    return tuple(map(int, numbers.groups()))


def _place() -> Path:
    return cached(f"go-{'.'.join(map(str, WANTED))}")


def _source() -> str:
    form = ["--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"]
    mirrors = _run(["apt-get", "indextargets", *form]).split()
    if not mirrors:
        raise RuntimeError("apt knows no mirror of Debian here (apt-get update); install Go by hand")
    return f"deb [signed-by={KEYRING}] {mirrors[0]} {SUITE} main"


def _unpack(work: Path, source: str) -> Path:
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "sources.list").write_text(f"{source}\n")
    apart = {
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "APT::Update::Error-Mode": "any",
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in apart.items())]
    _run([*apt, "update"], work)
    _run([*apt, "download", *PACKAGES], work)
    folder = work / "go"
    for package in sorted(work.glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(package), str(folder)])
    if (got := version(str(folder / PROGRAM))) < WANTED:
        raise RuntimeError(f"the packages of {SUITE} hold Go {'.'.join(map(str, got))}")
    return folder


def _run(argv: Sequence[str], cwd: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """What it wrote. Raises RuntimeError, with the last lines of what it said against it."""
    env = {**os.environ, "LC_ALL": "C", **(environment or {})}
    try:
        done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise RuntimeError(f"there is no {argv[0]} here; install Go by hand") from error
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}:\n{done.stderr.strip()[-1500:]}")
    return done.stdout
