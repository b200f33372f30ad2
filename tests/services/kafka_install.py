"""Kafka's own server, from Maven Central, once for this machine."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from tests.services.cached import cached, keep
from tests.services.maven import fetched

VERSION = "4.1.1"
POM = Path(__file__).parent / "kafka_build" / "pom.xml"
JARS = (f"kafka_2.13-{VERSION}.jar", f"kafka-server-{VERSION}.jar", f"kafka-clients-{VERSION}.jar")
"""What must be there; the rest comes with them."""


def place() -> Path:
    """The folder of the jars, whether or not they are there."""
    return cached(f"kafka-{VERSION}")


def absent() -> str | None:
    """Why the server cannot be started here; None when it can."""
    if shutil.which("java") is None:
        return "there is no java on the PATH"
    lacking = [name for name in JARS if not (place() / name).exists()]
    return f"{place()} lacks {', '.join(lacking)} (make services fetches them)" if lacking else None


def install() -> Path:
    """Fetch the jars where they are not here yet; returns their folder.

    Two may call it at once: each fetches for itself, and who is ready first is the one that counts.
    Raises RuntimeError where there is no Java or Maven, or the download fails.
    """
    folder = place()
    if absent() is None:
        return folder
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise RuntimeError(f"Kafka needs Java 17 and Maven, and there is no {program} on the PATH")
    print(f"Kafka {VERSION}: fetching the jars from Maven Central, once ...", flush=True)
    began = time.monotonic()
    keep(folder, absent, _fetch)
    print(f"Kafka {VERSION}: there after {time.monotonic() - began:.0f} s", flush=True)
    return folder


def _fetch(work: Path) -> Path:
    return fetched(work, POM, "Kafka", VERSION)
