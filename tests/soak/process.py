"""What the kernel says of one process."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """``at`` and ``cpu`` in seconds, ``memory`` in bytes (resident)."""

    at: float
    memory: int
    descriptors: int
    threads: int
    cpu: float


def sample(pid: int) -> Sample | None:
    """None: there is no such process."""
    entry = Path(f"/proc/{pid}")
    with suppress(OSError):
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        return Sample(
            at=time.monotonic(),
            memory=int(fields[21]) * PAGE,
            descriptors=sum(1 for _ in (entry / "fd").iterdir()),
            threads=int(fields[17]),
            cpu=(int(fields[11]) + int(fields[12])) / TICKS,
        )
    return None


def load(before: Sample | None, after: Sample | None) -> float:
    """The share of one core between two samples. Raises ValueError when the process was not there."""
    if before is None or after is None:
        raise ValueError("a process ended while it was looked at")
    return (after.cpu - before.cpu) / (after.at - before.at)
