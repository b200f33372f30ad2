"""Apache Helix from Maven Central, and the programs of the benchmarks that drive it, once a machine."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
from pathlib import Path

from tests.services.cached import cached, keep
from tests.services.maven import fetched

VERSION = "2.0.1"
SOURCES = Path(__file__).parents[2] / "bench" / "helix"
MAIN = "Plans.class"


def jars() -> Path:
    """The folder of Helix and what it needs, whether or not they are there."""
    return cached(f"helix-{VERSION}")


def classes() -> Path:
    """The folder of the compiled programs: another one whenever their sources change."""
    text = b"".join(path.read_bytes() for path in _sources())
    return cached(f"helix-{VERSION}-bench-{hashlib.sha256(text).hexdigest()[:12]}")


def absent() -> str | None:
    """Why Helix cannot be run here; None when it can."""
    if shutil.which("java") is None:
        return "there is no java on the PATH"
    for reason in (_jars_absent(), _classes_absent()):
        if reason is not None:
            return f"{reason} (make services fetches and compiles it)"
    return None


def install() -> Path:
    """Fetch and compile what is not here yet; returns the folder of the jars.

    Two may call it at once. Raises RuntimeError where there is no JDK or Maven, or a step fails.
    """
    if absent() is None:
        return jars()
    for program in ("javac", "mvn"):
        if shutil.which(program) is None:
            raise RuntimeError(f"Helix needs a JDK of 17 and Maven, and there is no {program} on the PATH")
    began = time.monotonic()
    if _jars_absent() is not None:
        print(f"Helix {VERSION}: fetching the jars from Maven Central, once ...", flush=True)
        keep(jars(), _jars_absent, _fetch)
    if _classes_absent() is not None:
        keep(classes(), _classes_absent, _compile)
    print(f"Helix {VERSION}: there after {time.monotonic() - began:.0f} s", flush=True)
    return jars()


def classpath() -> str:
    return f"{classes()}:{jars()}/*"


def _sources() -> list[Path]:
    return sorted((SOURCES / "java").glob("*.java"))


def _jars_absent() -> str | None:
    wanted = jars() / f"helix-core-{VERSION}.jar"
    return None if wanted.exists() else f"{jars()} lacks {wanted.name}"


def _classes_absent() -> str | None:
    return None if (classes() / MAIN).exists() else f"{classes()} lacks {MAIN}"


def _fetch(work: Path) -> Path:
    return fetched(work, SOURCES / "pom.xml", "Helix", VERSION)


def _compile(work: Path) -> Path:
    made = work / "classes"
    argv = ["javac", "-Xlint:-deprecation", "-d", str(made), "-cp", f"{jars()}/*"]
    argv += [str(path) for path in _sources()]
    done = subprocess.run(argv, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"Helix was not compiled:\n{said}")
    return made
