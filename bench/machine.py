"""What the figures were measured on, and with."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path

from bench.figure import percentile

LIBRARIES = ("aiohttp", "amqtt", "kazoo", "kubernetes", "paho-mqtt", "psycopg", "sqlalchemy", "uvloop")
SYNCS = 200


def header(folder: Path) -> dict[str, str]:
    p50, p99 = fdatasync(folder)
    return {
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": str(len(os.sched_getaffinity(0))),
        "load before": f"{os.getloadavg()[0]:.2f}",
        "fdatasync": f"p50 {p50 * 1e3:.3f} ms, p99 {p99 * 1e3:.3f} ms of 4 KiB in {folder}",
    }


def fdatasync(folder: Path) -> tuple[float, float]:
    """(p50, p99) seconds that the disk takes to keep 4 KiB."""
    path = folder / "fdatasync"
    took = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            os.pwrite(descriptor, bytes(4096), 0)
            os.fdatasync(descriptor)
            took.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        path.unlink()
    return percentile(took, 0.5), percentile(took, 0.99)
